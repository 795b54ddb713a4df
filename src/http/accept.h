// What a client would rather have (RFC 9110 §12.5.1).
#pragma once
#include <cstdint>
#include <string_view>

namespace qp::http {

// How much `media_type` ("application/json") is wanted, in thousandths; the most exact range decides. Without
// an Accept field everything is wanted as much as anything; what can't be read of it counts as not there.
uint16_t quality_of(std::string_view accept, std::string_view media_type);

}  // namespace qp::http

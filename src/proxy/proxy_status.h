// The Proxy-Status field (RFC 9209) of a response that we wrote because of an error:
//
//   quic-proxy; error=connection_timeout; details="no backend answered in time"
#pragma once
#include <string>
#include <string_view>

namespace qp::proxy {

// `details` is text for operators, "" for none; `next_hop` the backend's name, "" if none was chosen.
std::string proxy_status(std::string_view pseudonym, std::string_view error, std::string_view details,
                         std::string_view next_hop);

}  // namespace qp::proxy

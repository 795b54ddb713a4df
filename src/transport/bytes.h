// Bytes that somebody else keeps; valid for the call they are passed to unless it says otherwise.
#pragma once
#include <span>
#include <string_view>

namespace qp::transport {

using Bytes = std::span<const unsigned char>;

inline Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

}  // namespace qp::transport

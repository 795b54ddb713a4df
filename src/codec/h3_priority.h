// How soon a response is wanted (RFC 9218 §4): a Priority field or a PRIORITY_UPDATE frame says it.
#pragma once
#include <cstdint>
#include <string_view>

namespace qp::codec {

struct H3Priority {
  static constexpr uint8_t kLevels = 8;
  uint8_t urgency = 3;          // 0 is the most urgent
  bool is_incremental = false;  // useful in parts
};

// Members that we don't know and values out of range change nothing, as §4 wants it.
H3Priority parse_priority(std::string_view text);

}  // namespace qp::codec

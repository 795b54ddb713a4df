#include "codec/h3_priority.h"

namespace qp::codec {

namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

}  // namespace

H3Priority parse_priority(std::string_view text) {
  H3Priority priority;
  while (
      !text.empty()) {  // a dictionary of structured fields (RFC 8941 §3.2), of which only two members matter
    const size_t comma = text.find(',');
    std::string_view member = trim(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    member = trim(member.substr(0, member.find(';')));
    if (member == "i" || member == "i=?1") priority.is_incremental = true;
    if (member == "i=?0") priority.is_incremental = false;
    if (member.size() == 3 && member.starts_with("u=") && member[2] >= '0' && member[2] <= '7') {
      priority.urgency = static_cast<uint8_t>(member[2] - '0');
    }
  }
  return priority;
}

}  // namespace qp::codec

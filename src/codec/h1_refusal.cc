#include "codec/h1_refusal.h"

#include <string_view>

#include "codec/h1_writer.h"

namespace qp::codec::h1 {

Error Refusal::error(Origin origin) const {
  switch (status) {
    case 414:
    case 431: return {ErrorCode::too_large, origin, detail};
    case 501:
    case 505: return {ErrorCode::unsupported, origin, detail};
    default: return {ErrorCode::malformed, origin, detail};
  }
}

void write_refusal(std::string& out, const Refusal& refusal) {
  const std::string_view detail = refusal.detail;
  write_status_line(out, refusal.status);
  out += "content-type: text/plain\r\nconnection: close\r\ncontent-length: ";
  out += std::to_string(detail.size() + 1);
  out += "\r\n\r\n";
  out += detail;
  out += '\n';
}

}  // namespace qp::codec::h1

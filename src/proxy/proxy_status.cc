#include "proxy/proxy_status.h"

#include "http/text.h"

namespace qp::proxy {

namespace {

// RFC 8941 §3.3.3: printable ASCII; what is not becomes a question mark.
void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c >= ' ' && c <= '~' ? c : '?';
  }
  out += '"';
}

// RFC 8941 §3.3.4.
bool is_structured_token(std::string_view text) {
  return !text.empty() && (http::is_letter(text.front()) || text.front() == '*') && http::is_token(text);
}

}  // namespace

std::string proxy_status(std::string_view pseudonym, std::string_view error, std::string_view details,
                         std::string_view next_hop) {
  std::string out;
  if (is_structured_token(pseudonym)) {
    out.append(pseudonym);
  } else {
    append_string(out, pseudonym);
  }
  out.append("; error=").append(error);
  if (!next_hop.empty()) append_string(out.append("; next-hop="), next_hop);
  if (!details.empty()) append_string(out.append("; details="), details);
  return out;
}

}  // namespace qp::proxy

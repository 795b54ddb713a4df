// Cookie fields as a client may send them: the first line is a name, every other one is a field. What is
// found lies inside one of the fields.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/cookie.h"

namespace {

std::string_view take_line(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view name = take_line(text);
  qp::http::Headers fields;
  while (!text.empty())
    fields.add(qp::http::Name::cookie, take_line(text));

  const auto value = qp::http::find_cookie(fields, name);
  if (!value || value->empty()) return 0;
  for (size_t i = 0; i < fields.size(); ++i) {
    const std::string_view field = fields[i].value;
    const bool is_inside =
        value->data() >= field.data() && value->data() + value->size() <= field.data() + field.size();
    if (is_inside && !value->contains(';')) return 0;
  }
  std::abort();
}

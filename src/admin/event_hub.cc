#include "admin/event_hub.h"

#include <fmt/format.h>

namespace qp::admin {

size_t EventHub::listeners() const {
  size_t count = 0;
  listeners_.for_each([&count](EventListener&) { ++count; });
  return count;
}

std::string event_text(std::string_view name, std::string_view json, uint64_t id) {
  std::string text = fmt::format("event: {}\n", name);
  if (id != 0) text += fmt::format("id: {}\n", id);
  return text += fmt::format("data: {}\n\n", json);
}

}  // namespace qp::admin

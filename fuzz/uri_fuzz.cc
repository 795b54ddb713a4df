// Authority and path as a client may send them. What comes out is what routes are chosen by, so it must be a
// fixed point: a second look must not find another meaning in it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/text.h"
#include "http/uri.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check_path(std::string_view text) {
  const auto path = qp::http::normalise_path(qp::http::path_of(text));
  if (!path) return;
  require(path->starts_with('/') && path->size() <= text.size());
  require(qp::http::normalise_path(*path) == *path);
  const std::string closed = *path + "/";
  require(!closed.contains("/../") && !closed.contains("/./"));
  for (const char c : *path)
    require(!qp::http::is_control(c) && c != ' ' && c != '?' && c != '\\');
}

void check_authority(std::string_view text) {
  const auto authority = qp::http::parse_authority(text);
  if (!authority) return;
  require(!authority->host.empty());
  const std::string again = authority->host + ":" + std::to_string(authority->port);
  const auto second = qp::http::parse_authority(authority->port == 0 ? authority->host : again);
  require(second && second->host == authority->host && second->port == authority->port);
  for (const char c : authority->host)
    require(qp::http::to_lower(c) == c && !qp::http::is_control(c) && c != '@');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_path(text);
  check_authority(text);
  return 0;
}

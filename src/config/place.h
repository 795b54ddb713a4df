// Where to listen, and where to find something.
#pragma once
#include <cstdint>
#include <string>

namespace qp::config {

/// Where to listen: ":443", "127.0.0.1:80", "[::]:443". An empty host is every address of both families;
/// port 0 lets the kernel choose.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
  bool operator==(const ListenAddress&) const = default;
};

enum class Scheme { http, https };

/// An absolute http or https URL without user, query and fragment. The host has no brackets, the port is
/// always set, and the path is either empty or starts with '/' and does not end with one.
struct Url {
  Scheme scheme = Scheme::http;
  std::string host;
  std::uint16_t port = 80;
  std::string path;
  bool operator==(const Url&) const = default;
};

}  // namespace qp::config

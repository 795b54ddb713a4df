// Authority and path in the one form that routes are matched against. What goes to a backend is the path as
// the client wrote it, unless a route rewrites it; what decides where it goes is the form that every backend
// will read it as.
//
//   received                 matched
//   Example.COM.:443         example.com, port 443
//   [2001:DB8:0::1]          [2001:db8::1]
//   /a/./b/../c              /a/c
//   /%7Euser/%41             /~user/A          only what RFC 3986 calls unreserved is decoded
//   /a%2fb//c                /a%2Fb//c         an encoded slash stays one, empty segments stay
//   /a/../../b               refused: above the root
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace qp::http {

struct Authority {
  std::string host;   // lower case, no final dot, IPv6 in brackets and its shortest form
  uint16_t port = 0;  // 0: none was given
};

// "host", "host:port", "[v6]:port" (RFC 9110 §4.2.3; user information is refused, §4.2.4). Empty text is
// malformed.
Result<Authority> parse_authority(std::string_view text);

// The part of `target` before its query, and the query with its question mark.
std::string_view path_of(std::string_view target);
std::string_view query_of(std::string_view target);

// RFC 3986 §6.2.2: case of escapes, unreserved characters, dot segments. `path` begins with '/' and has no
// query. Malformed: control bytes, blanks, '\' and '#', a broken escape, %00, more ".." than there are
// segments.
Result<std::string> normalise_path(std::string_view path);

// What a request is for, as routing sees it.
struct Target {
  Authority authority;  // empty host where HTTP/1.0 sent none
  std::string path;     // normalised, without query; "*" for OPTIONS on the server itself
};

}  // namespace qp::http

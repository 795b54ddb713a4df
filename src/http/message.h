// The head of a request or a response, free of any wire: no start line, no pseudo-header fields, no chunking,
// no connection fields. Those exist only inside the codecs.
#pragma once
#include <cstdint>
#include <string>

#include "http/headers.h"

namespace qp::http {

enum class Version : uint8_t { h1_0, h1_1, h2, h3 };

struct RequestHead {
  std::string method;     // case-sensitive token (RFC 9110 §9.1)
  std::string scheme;     // "http" or "https"
  std::string authority;  // host[:port] from :authority or Host, never with user information
  std::string path;       // origin-form with its query, "*" for OPTIONS, "" for CONNECT
  std::string protocol;   // :protocol of an extended CONNECT (RFC 9220) or the Upgrade token; mostly empty
  Headers fields;         // without Host: that is `authority`
};

struct ResponseHead {
  uint16_t status = 0;
  Headers fields;

  bool is_interim() const { return status < 200; }
};

}  // namespace qp::http

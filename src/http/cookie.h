// Cookies as requests carry them (RFC 6265 §4.2): "one=1; two=2", in one Cookie field or, over HTTP/2 and
// HTTP/3, in several (RFC 9114 §4.2.1).
#pragma once
#include <optional>
#include <string_view>

#include "http/headers.h"

namespace qp::http {

// The value of the first cookie of that name; quotes around it are part of it. Names have a case.
std::optional<std::string_view> find_cookie(const Headers& fields, std::string_view name);

}  // namespace qp::http

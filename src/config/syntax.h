// The small languages inside a configuration: names, paths, patterns, header fields. Each function returns
// the text in its canonical case, or what is wrong with it.
#pragma once
#include <string>
#include <string_view>

#include "config/units.h"

namespace qp::config {

/// Any text without control characters.
Parsed<std::string> parse_plain(std::string_view text);

/// The name of a backend or of the proxy: it becomes a label of metrics, part of URLs and of header fields.
Parsed<std::string> parse_name(std::string_view text);

/// A container's name, by Docker's rule: [a-zA-Z0-9][a-zA-Z0-9_.-]+.
Parsed<std::string> parse_container(std::string_view text);

/// The same, or nothing.
Parsed<std::string> parse_optional_container(std::string_view text);

/// "example.com" or "*.example.com", lower case; empty matches every host.
Parsed<std::string> parse_host_pattern(std::string_view text);

/// "/exact", "/prefix/*", "/one/*/segment", "/all/**"; empty matches every path.
Parsed<std::string> parse_path_pattern(std::string_view text);

/// A path that begins with '/', without query and fragment.
Parsed<std::string> parse_path(std::string_view text);

/// A path, or nothing.
Parsed<std::string> parse_optional_path(std::string_view text);

/// The absolute path of a Unix socket, as long as the kernel takes it.
Parsed<std::string> parse_socket_path(std::string_view text);

/// The same, or nothing.
Parsed<std::string> parse_optional_socket_path(std::string_view text);

/// The path of a request, perhaps with a query.
Parsed<std::string> parse_request_path(std::string_view text);

/// A host as a client could send it in Host: name or address, perhaps with a port; empty means none.
Parsed<std::string> parse_authority(std::string_view text);

/// A host name, or nothing.
Parsed<std::string> parse_optional_host(std::string_view text);

/// A request method, upper case.
Parsed<std::string> parse_method(std::string_view text);

/// A field that may be set or removed by the operator, lower case. Fields that frame a message or belong to
/// one connection are the proxy's own.
Parsed<std::string> parse_field_name(std::string_view text);

/// RFC 9110 §5.5, without leading and trailing blanks.
Parsed<std::string> parse_field_value(std::string_view text);

/// The name of a cookie (RFC 6265 §4.1.1).
Parsed<std::string> parse_cookie_name(std::string_view text);

/// The same, or nothing.
Parsed<std::string> parse_optional_cookie_name(std::string_view text);

/// The Path of a cookie (RFC 6265 §4.1.1): begins with '/', without ';'.
Parsed<std::string> parse_cookie_path(std::string_view text);

/// The name of any field, lower case, or nothing.
Parsed<std::string> parse_optional_field_name(std::string_view text);

/// The server ID of a QUIC-LB connection ID in hexadecimal digits, at most three bytes; or nothing.
Parsed<std::string> parse_server_id(std::string_view text);

/// What a client proves itself by: printable, without blanks, long enough not to be guessed; or nothing.
Parsed<std::string> parse_token(std::string_view text);

/// Scheme, host and perhaps port, as browsers send it (RFC 6454 §6.1), lower case.
Parsed<std::string> parse_origin(std::string_view text);

/// A line of the access log, with variables in braces; or nothing.
Parsed<std::string> parse_access_template(std::string_view text);

/// Where a redirect leads: a URL or a path, with {host}, {path} and {uri} as placeholders.
Parsed<std::string> parse_redirect_target(std::string_view text);

}  // namespace qp::config

// Addresses and URLs as the file writes them: ":443", "10.0.0.0/8", "http://backend1:3000/base".
#pragma once
#include <string>
#include <string_view>

#include "config/config.h"
#include "config/units.h"

namespace qp::config {

/// ":443", "127.0.0.1:80", "[::1]:443", "localhost:80".
Parsed<ListenAddress> parse_address(std::string_view text);
std::string print_address(const ListenAddress& address);

/// "10.0.0.0/8", "fd00::/8", or one address alone. Bits behind the prefix must be zero.
Parsed<Network> parse_network(std::string_view text);
std::string print_network(const Network& network);

/// "http://host[:port][/base]" or https.
Parsed<Url> parse_url(std::string_view text);
std::string print_url(const Url& url);

/// The port of a URL that gives none.
std::uint16_t default_port(Scheme scheme);

/// A name of letters, digits, '-', '_' and dots, or an IPv4 address; what may stand for a host without
/// brackets.
Parsed<std::string> parse_host(std::string_view text);

}  // namespace qp::config

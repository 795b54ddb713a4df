// The four forms of a request target (RFC 9112 §3.2) and the Host field, made into scheme, authority and
// path.
//
//   origin-form      /path?query            any method but CONNECT; the authority is Host
//   absolute-form    http://host/path       the same; Host has to agree
//   authority-form   host:port              CONNECT only
//   asterisk-form    *                      OPTIONS only
#pragma once
#include <string_view>

#include "codec/h1_parser.h"

namespace qp::codec::h1 {

// Fills in scheme, authority and path, and takes Host out of the fields. The authority has possible bytes and
// no user information afterwards; whether it is a host and a port, http/uri.h says, for all wires alike.
// `connection_scheme` is "https" on an encrypted connection.
Parsed<> resolve_target(ParsedRequest& request, std::string_view connection_scheme);

}  // namespace qp::codec::h1

// Fields that belong to one connection and end there (RFC 9110 §7.6.1).
#pragma once
#include "http/headers.h"

namespace qp::http {

// Removes Connection, what it names, and the fields that are known to be of one hop. TE stays as "trailers"
// where the sender takes trailers. Connection can't take away what the next hop must be able to trust: Host,
// framing, forwarding and cookie fields stay, however they are named there (the class of CVE-2022-31813).
void remove_hop_by_hop(Headers& fields);

// What must not come after the body (RFC 9110 §6.5.1): framing, routing, authentication and connection
// fields.
void remove_forbidden_trailers(Headers& trailers);

}  // namespace qp::http

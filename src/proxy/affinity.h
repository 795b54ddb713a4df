// What binds a request to a backend: the key that hashing balancers look at, and the cookie that names the
// backend which served its client before.
#pragma once
#include <cstdint>

#include "config/config.h"
#include "http/forwarding.h"
#include "http/message.h"
#include "http/uri.h"

namespace qp::proxy {

struct Affinity {
  uint64_t key = 0;    // the same for requests that belong together
  uint64_t token = 0;  // of a backend; 0: the client has shown none
};

// `head` as the client sent it. What the balancer doesn't ask for isn't looked at.
Affinity affinity_of(const config::LoadBalancer& balancer, const http::RequestHead& head,
                     const http::Target& target, const http::Client& client);

// Tells the client which backend it is to be sent to from now on.
void add_sticky_cookie(const config::Sticky& sticky, uint64_t token, http::ResponseHead& head);

}  // namespace qp::proxy

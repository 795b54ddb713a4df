// May a request be tried once more, on another connection or another backend? Pure deciders.
//
//   what failed                                                         any method   idempotent ones
//   connect_failure, refused   the backend can't have acted on it           x               x
//   stale, reset, timeout      it may have: twice has to be like once                       x
//   a status                   (RFC 9110 §9.2.2)                                            x
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "config/config.h"
#include "proxy/error_status.h"

namespace qp::proxy {

// What the failure of an attempt is called in a list of those to be retried; none: it never is. `is_reused`:
// its connection had served other requests before.
std::optional<config::RetryOn> retry_reason(const Error& error, Stage stage, bool is_reused);
std::optional<config::RetryOn> retry_reason(uint16_t status);

struct RetryFacts {
  uint32_t attempts = 1;       // made so far
  bool is_replayable = false;  // everything taken from the request's body can be offered again
  std::string_view method{};
};

bool may_retry(const config::Retry& wanted, config::RetryOn reason, const RetryFacts& facts);

// When every backend was tried: may those that failed before be asked again, a little later? Where nobody
// could be reached a moment ago there is nobody now.
bool may_return(config::RetryOn reason);
// How much later: twice as long with each attempt, and half of it is random, so that what failed together
// doesn't come back together.
Duration pause_before_return(uint32_t attempts, Random& random);

}  // namespace qp::proxy

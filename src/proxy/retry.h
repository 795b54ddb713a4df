// May a request be tried once more, on another connection or another backend? A pure decider.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "proxy/error_status.h"

namespace qp::proxy {

struct RetryFacts {
  uint32_t attempts = 1;  // made so far
  uint32_t attempts_max = 2;
  Stage stage = Stage::connect;  // where the last one failed
  bool is_reused = false;        // its connection had served other requests before
  bool is_replayable = false;    // everything taken from the request's body can be offered again
};

// Yes only where the backend can't have acted on the request, or where acting twice is the same as once:
//   no connection came about, or the backend refused the request unread: any method;
//   a kept connection ended before a byte of the answer: the backend had most likely closed it meanwhile, but
//   it may have read the request, so idempotent methods only (RFC 9110 §9.2.2).
bool may_retry(const RetryFacts& facts, const Error& error, std::string_view method);

}  // namespace qp::proxy

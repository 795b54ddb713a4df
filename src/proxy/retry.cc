#include "proxy/retry.h"

#include "http/framing.h"

namespace qp::proxy {

bool may_retry(const RetryFacts& facts, const Error& error, std::string_view method) {
  if (facts.attempts >= facts.attempts_max || !facts.is_replayable) return false;
  if (error.origin != Origin::upstream) return false;
  switch (facts.stage) {
    case Stage::request:
    case Stage::response: return false;
    case Stage::connect: return error.code != ErrorCode::internal;
    case Stage::waiting: break;
  }
  if (error.code == ErrorCode::refused) return true;
  const bool is_broken = error.code == ErrorCode::closed || error.code == ErrorCode::reset;
  return is_broken && facts.is_reused && http::is_idempotent(method);
}

}  // namespace qp::proxy

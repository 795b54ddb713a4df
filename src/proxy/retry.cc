#include "proxy/retry.h"

#include <algorithm>
#include <chrono>

#include "http/framing.h"

namespace qp::proxy {

using config::RetryOn;

namespace {

constexpr Duration kPause = std::chrono::milliseconds(20);
constexpr Duration kPauseMax = std::chrono::seconds(1);

}  // namespace

std::optional<RetryOn> retry_reason(const Error& error, Stage stage, bool is_reused) {
  if (error.origin != Origin::upstream) return std::nullopt;
  const bool is_waiting = stage == Stage::waiting;
  if (stage == Stage::connect && error.code != ErrorCode::internal) return RetryOn::connect_failure;
  if (!is_waiting) return std::nullopt;
  switch (error.code) {
    case ErrorCode::refused: return RetryOn::refused;
    // A kept connection that ends before a response was most likely closed by the backend meanwhile, but the
    // backend may have read the request.
    case ErrorCode::closed:
    case ErrorCode::reset: return is_reused ? RetryOn::stale : RetryOn::reset;
    case ErrorCode::timed_out: return RetryOn::timeout;
    case ErrorCode::unreachable:
    case ErrorCode::would_block:
    case ErrorCode::malformed:
    case ErrorCode::too_large:
    case ErrorCode::unsupported:
    case ErrorCode::permission:
    case ErrorCode::address_in_use:
    case ErrorCode::tls:
    case ErrorCode::exhausted:
    case ErrorCode::internal: break;
  }
  return std::nullopt;
}

std::optional<RetryOn> retry_reason(uint16_t status) {
  switch (status) {
    case 502: return RetryOn::status_502;
    case 503: return RetryOn::status_503;
    case 504: return RetryOn::status_504;
    default: return std::nullopt;
  }
}

bool may_retry(const config::Retry& wanted, RetryOn reason, const RetryFacts& facts) {
  if (facts.attempts >= wanted.attempts || !facts.is_replayable) return false;
  if (std::ranges::find(wanted.on, reason) == wanted.on.end()) return false;
  const bool is_untouched = reason == RetryOn::connect_failure || reason == RetryOn::refused;
  return is_untouched || http::is_idempotent(facts.method);
}

bool may_return(RetryOn reason) {
  return reason != RetryOn::connect_failure;
}

Duration pause_before_return(uint32_t attempts, Random& random) {
  const Duration whole = std::min(kPauseMax, kPause * (1u << std::min(attempts - 1, 10u)));
  return whole / 2 + Duration(random.below(static_cast<uint32_t>(whole.count() / 2)));
}

}  // namespace qp::proxy

// How a failure is told: what happened, whose fault it was, and a static sentence about it.
#pragma once
#include <cstdint>
#include <expected>

namespace qp {

enum class ErrorCode : uint8_t {
  closed,          // the other side ended in an orderly way
  reset,           // the other side ended abruptly
  refused,         // nobody listens there, or the peer refused before doing any work
  unreachable,     // no route, name not found
  timed_out,       // a deadline of ours passed
  would_block,     // not now; try again when readiness says so
  malformed,       // bytes that break the protocol
  too_large,       // a limit of ours was passed
  unsupported,     // well formed, but we do not do that
  permission,      // the operating system said no
  address_in_use,  // somebody else listens there
  tls,             // handshake or record failure
  exhausted,       // a resource or budget of ours is used up
  internal,        // our own mistake
};

// Whose side the cause lies on. Status codes and retries follow from it by table, in one place.
enum class Origin : uint8_t { client, upstream, self };

struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::internal;
  Origin origin = Origin::self;
  const char* detail = "";  // static text
};

template <typename T = void>
using Result = std::expected<T, Error>;

constexpr std::unexpected<Error> fail(ErrorCode code, Origin origin, const char* detail) {
  return std::unexpected(Error{code, origin, detail});
}

}  // namespace qp

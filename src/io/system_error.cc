#include "io/system_error.h"

#include <cerrno>

namespace qp::io {

static_assert(EAGAIN == EWOULDBLOCK, "one case below serves both");

namespace {

ErrorCode code_of(int error_number) {
  switch (error_number) {
    case EAGAIN:
    case EINPROGRESS: return ErrorCode::would_block;
    case ECONNREFUSED: return ErrorCode::refused;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE: return ErrorCode::reset;
    case ETIMEDOUT: return ErrorCode::timed_out;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case EADDRNOTAVAIL: return ErrorCode::unreachable;
    case EACCES:
    case EPERM: return ErrorCode::permission;
    case EADDRINUSE: return ErrorCode::address_in_use;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: return ErrorCode::exhausted;
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
    case ENOPROTOOPT:
    case EOPNOTSUPP: return ErrorCode::unsupported;
    case EMSGSIZE: return ErrorCode::too_large;
    default: return ErrorCode::internal;
  }
}

}  // namespace

std::unexpected<Error> system_failure(int error_number, const char* detail) {
  return fail(code_of(error_number), Origin::self, detail);
}

}  // namespace qp::io

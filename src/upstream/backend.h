// A server we proxy to, as all threads see it: what the operator asked for, immutable, and its standing,
// which control alone writes and workers read relaxed. A snapshot keeps the same object for a backend whose
// configuration did not change, so its address is the backend's identity: pools live on across snapshots by
// it.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/address.h"
#include "config/config.h"
#include "upstream/standing.h"

namespace qp::transport {
class TlsContext;
}

namespace qp::upstream {

// The addresses of one backend as last resolved; immutable, sent to the workers by mail. Empty: the name
// could not be resolved, and never could before.
using AddressList = std::vector<Address>;

// How sticky cookies call a backend: keyed hashes of its name. None is zero.
struct CookieTokens {
  uint64_t current = 0;
  std::vector<uint64_t> former = {};  // made under the secrets before, and still honoured

  bool have(uint64_t token) const {
    return token == current || std::ranges::find(former, token) != former.end();
  }
};

struct Backend {
  Backend(config::Backend asked_for, std::shared_ptr<const transport::TlsContext> client_tls,
          uint32_t number = 0, CookieTokens cookie_tokens = {})
      : config(std::move(asked_for)),
        id(number),
        tokens(std::move(cookie_tokens)),
        tls(std::move(client_tls)) {}

  const config::Backend config;
  const uint32_t id;  // small, and no other backend of the process has it: a place in a table of counters
  const CookieTokens tokens;
  const std::shared_ptr<const transport::TlsContext> tls;  // null: plain

  Standing standing;

  bool may_be_chosen() const { return standing.may_be_chosen(); }
};

}  // namespace qp::upstream

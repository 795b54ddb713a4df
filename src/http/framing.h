// How much body a message has, by method, status and Content-Length, whatever the wire.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace qp::http {

// Whether a response may carry content (RFC 9110 §6.4.1): not to HEAD, not with 1xx, 204 and 304.
bool may_have_body(std::string_view request_method, uint16_t status);

// RFC 9110 §9.2.1 and §9.2.2. Methods we do not know are neither.
bool is_safe(std::string_view method);
bool is_idempotent(std::string_view method);

// The announced length, if any. Malformed where it is not one decimal number given once: of two equal values
// the next hop may count one and another hop the other (RFC 9112 §6.3 allows to refuse both). `origin` is the
// sender's side.
Result<std::optional<uint64_t>> content_length(const Headers& fields, Origin origin);

// Counts body bytes against what was announced (RFC 9114 §4.1.2).
class LengthCheck {
 public:
  explicit LengthCheck(std::optional<uint64_t> announced) : announced_(announced) {}
  // False once there are more than announced.
  bool add(uint64_t bytes) {
    received_ += bytes;
    return !announced_ || received_ <= *announced_;
  }
  bool is_complete() const { return !announced_ || received_ == *announced_; }
  uint64_t received() const { return received_; }

 private:
  std::optional<uint64_t> announced_;
  uint64_t received_ = 0;
};

}  // namespace qp::http

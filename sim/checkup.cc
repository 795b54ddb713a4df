#include "checkup.h"

#include "backend.h"

namespace qp::sim {

namespace {

constexpr Duration kFarTooLong = std::chrono::minutes(1);

}  // namespace

Checkup::Checkup(Backend& backend, http::Stream& stream)
    : Party(backend.outside_), backend_(backend), stream_(stream), speaks_at_(outside_.now()) {
  if (backend.condition() == Condition::slow_to_check) speaks_at_ += kFarTooLong;
  if (backend.condition() == Condition::frozen) speaks_at_ = kNever;
  stream.attach(*this, request_);
  mark();
}

void Checkup::advance() {
  if (!stream_.in.fault) {
    if (outside_.now() < speaks_at_) return wake_at(speaks_at_);
    http::ResponseHead head{.status = 200, .fields = {}};
    if (backend_.condition() == Condition::sick) head.status = 500;
    if (backend_.condition() == Condition::busy) head.status = 503;
    stream_.send_head(head, nullptr);
  }
  stream_.detach();
  backend_.checkups_.destroy(*this);
}

}  // namespace qp::sim

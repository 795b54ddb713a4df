#include "upstream/attempt.h"

#include "upstream/pool.h"

namespace qp::upstream {

void Attempt::note_answer(TimePoint now) {
  assert(state_ == State::open);
  is_answered_ = true;
  if (pool_->measures_latency()) pool_->latency_.note(now - ended_at_, now);
}

void Attempt::note_verdict(AttemptVerdict verdict) {
  assert(state_ == State::open);
  pool_->note_verdict(address_, verdict);
}

void Attempt::release() {
  if (pool_ != nullptr) pool_->release(*this);
  stream_ = nullptr;
  state_ = State::none;
}

void Attempt::due() {
  pool_->give_up(*this);
}

}  // namespace qp::upstream

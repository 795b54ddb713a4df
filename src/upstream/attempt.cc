#include "upstream/attempt.h"

#include "upstream/pool.h"

namespace qp::upstream {

void Attempt::release() {
  if (pool_ != nullptr) pool_->release(*this);
  stream_ = nullptr;
  state_ = State::none;
}

void Attempt::due() {
  pool_->give_up(*this);
}

}  // namespace qp::upstream

#include "base/slice.h"

#include <cstdlib>
#include <new>

namespace qp {

BlockPool::~BlockPool() {
  if (current_ != nullptr && --current_->references_ == 0) reuse(*current_);
  assert(live_blocks_ == 0);  // every slice must die before its worker's pool
  for (Block* block : free_)
    ::operator delete(block);
}

void BlockPool::renew() {
  if (current_ != nullptr && --current_->references_ == 0) reuse(*current_);
  if (free_.empty()) {
    current_ = ::new (::operator new(sizeof(Block) + kBlockBytes)) Block;
    current_->pool_ = this;
    current_->capacity_ = kBlockBytes;
  } else {
    current_ = free_.back();
    free_.pop_back();
  }
  current_->references_ = 1;
  filled_ = 0;
  ++live_blocks_;
}

void BlockPool::reuse(Block& block) {
  --live_blocks_;
  if (free_.size() < kFreeBlocksMax) {
    free_.push_back(&block);
  } else {
    ::operator delete(&block);
  }
}

}  // namespace qp

// Bytes in transit. A Block is a piece of one worker's memory, counted without atomics; a Slice is a view
// into a Block that keeps it alive. Body bytes are read into a Block once and travel as Slices from there on.
//
// BlockPool hands out the writable tail of its current block, whoever asks. A 100-byte response therefore
// costs 100 bytes and not a block, and an idle connection costs nothing:
//
//   block  | slice of A | slice of B | slice of A | ........ tail ........ |
//                                                 ^ filled_
#pragma once
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace qp {

class BlockPool;

class Block {
 private:
  friend class BlockPool;
  friend class Slice;
  BlockPool* pool_ = nullptr;
  uint32_t references_ = 0;
  uint32_t capacity_ = 0;
  unsigned char* bytes() { return reinterpret_cast<unsigned char*>(this + 1); }
};

class Slice {
 public:
  Slice() = default;
  Slice(const Slice& other) : block_(other.block_), data_(other.data_), size_(other.size_) { retain(); }
  Slice(Slice&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  Slice& operator=(Slice other) noexcept {
    std::swap(block_, other.block_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Slice() { drop(); }

  // Bytes that outlive everything, such as a literal: no block is needed.
  static Slice of_static(std::string_view text) {
    Slice slice;
    slice.data_ = reinterpret_cast<const unsigned char*>(text.data());
    slice.size_ = static_cast<uint32_t>(text.size());
    return slice;
  }

  const unsigned char* data() const { return data_; }
  uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }
  std::span<const unsigned char> bytes() const { return {data_, size_}; }

  Slice sub(uint32_t offset, uint32_t size) const {
    assert(offset <= size_ && size <= size_ - offset);
    Slice slice(*this);
    slice.data_ += offset;
    slice.size_ = size;
    return slice;
  }
  void remove_prefix(uint32_t count) {
    assert(count <= size_);
    data_ += count;
    size_ -= count;
  }

  // Takes the follower in where it continues this slice's bytes in the same block.
  bool try_extend(const Slice& follower) {
    if (block_ == nullptr || block_ != follower.block_ || data_ + size_ != follower.data_) return false;
    size_ += follower.size_;
    return true;
  }

 private:
  friend class BlockPool;
  Slice(Block& block, const unsigned char* data, uint32_t size) : block_(&block), data_(data), size_(size) {
    retain();
  }
  void retain() {
    if (block_ != nullptr) ++block_->references_;
  }
  inline void drop();

  Block* block_ = nullptr;
  const unsigned char* data_ = nullptr;
  uint32_t size_ = 0;
};

// The memory that one worker's bytes in transit live in.
class BlockPool {
 public:
  static constexpr uint32_t kBlockBytes = 64 * 1024 - sizeof(Block);

  BlockPool() = default;
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;
  ~BlockPool();

  // Writable bytes, at least `size_min` of them (<= kBlockBytes). Valid until the next call of any member.
  std::span<unsigned char> tail(uint32_t size_min) {
    assert(size_min <= kBlockBytes);
    if (current_ != nullptr && current_->references_ == 1)
      filled_ = 0;  // nobody looks at it: stay in warm memory
    if (current_ == nullptr || current_->capacity_ - filled_ < size_min) renew();
    return {current_->bytes() + filled_, current_->capacity_ - filled_};
  }

  // Makes the first `size` bytes of tail() a slice.
  Slice commit(uint32_t size) {
    assert(current_ != nullptr && size <= current_->capacity_ - filled_);
    Slice slice(*current_, current_->bytes() + filled_, size);
    filled_ += size;
    return slice;
  }

  // A copy of `bytes` (at most kBlockBytes of them).
  Slice copy(std::span<const unsigned char> bytes) {
    const uint32_t size = static_cast<uint32_t>(bytes.size());
    if (size == 0) return {};
    std::memcpy(tail(size).data(), bytes.data(), size);
    return commit(size);
  }
  Slice copy(std::string_view text) {
    return copy(std::span(reinterpret_cast<const unsigned char*>(text.data()), text.size()));
  }

  // What is held outside the free list, in bytes: the figure that a worker's memory budget speaks of.
  size_t memory() const { return live_blocks_ * (kBlockBytes + sizeof(Block)); }

 private:
  friend class Slice;
  static constexpr size_t kFreeBlocksMax = 64;

  void renew();
  void reuse(Block& block);

  Block* current_ = nullptr;  // holds one reference of its own
  uint32_t filled_ = 0;
  size_t live_blocks_ = 0;
  std::vector<Block*> free_;
};

inline void Slice::drop() {
  if (block_ != nullptr && --block_->references_ == 0) block_->pool_->reuse(*block_);
}

}  // namespace qp

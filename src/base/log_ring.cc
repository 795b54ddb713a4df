#include "base/log_ring.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace qp {

LogRing::LogRing(size_t bytes) : size_(bytes), bytes_(std::make_unique_for_overwrite<char[]>(bytes)) {
  assert(std::has_single_bit(bytes));
}

void LogRing::push(std::string_view line) {
  const uint64_t written = written_.load(std::memory_order_relaxed);
  if (written + line.size() - known_read_ > size_) {
    known_read_ = read_.load(std::memory_order_acquire);
    if (written + line.size() - known_read_ > size_) {
      dropped_.store(dropped_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      return;
    }
  }
  const size_t at = written % size_;
  const size_t until_wrap = std::min(line.size(), size_ - at);
  std::memcpy(bytes_.get() + at, line.data(), until_wrap);
  std::memcpy(bytes_.get(), line.data() + until_wrap, line.size() - until_wrap);
  written_.store(written + line.size(), std::memory_order_release);
}

bool LogRing::is_half_full() const {
  return written_.load(std::memory_order_relaxed) - read_.load(std::memory_order_relaxed) > size_ / 2;
}

std::array<std::string_view, 2> LogRing::readable() const {
  const uint64_t read = read_.load(std::memory_order_relaxed);
  const size_t count = written_.load(std::memory_order_acquire) - read;
  const size_t at = read % size_;
  const size_t until_wrap = std::min(count, size_ - at);
  return {std::string_view(bytes_.get() + at, until_wrap),
          std::string_view(bytes_.get(), count - until_wrap)};
}

void LogRing::consume(size_t bytes) {
  read_.store(read_.load(std::memory_order_relaxed) + bytes, std::memory_order_release);
}

}  // namespace qp

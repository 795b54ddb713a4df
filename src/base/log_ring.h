// Log lines on their way from the thread that made them to the thread that writes them down. One thread
// pushes, one other thread reads; neither ever waits. When there is no room a line is dropped whole and
// counted.
//
//   ........| lines to be read |.......        read_ <= written_ <= read_ + size; both only grow
//         read_            written_
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace qp {

class LogRing {
 public:
  static constexpr size_t kBytesDefault = 1024 * 1024;

  explicit LogRing(size_t bytes = kBytesDefault);  // a power of two
  LogRing(const LogRing&) = delete;
  LogRing& operator=(const LogRing&) = delete;

  // The pushing thread's. `line` ends with its newline.
  void push(std::string_view line);
  bool is_half_full() const;  // time to wake the reader

  // The reading thread's: all there is, in two pieces because of the wrap; then how much of that was used.
  std::array<std::string_view, 2> readable() const;
  void consume(size_t bytes);

  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }  // lines; any thread's

 private:
  static constexpr size_t kCacheLine = 64;

  const size_t size_;
  const std::unique_ptr<char[]> bytes_;
  alignas(kCacheLine) std::atomic<uint64_t> written_ = 0;  // stored by the pushing thread
  uint64_t known_read_ = 0;                                // its last look at read_
  std::atomic<uint64_t> dropped_ = 0;
  alignas(kCacheLine) std::atomic<uint64_t> read_ = 0;  // stored by the reading thread
};

}  // namespace qp

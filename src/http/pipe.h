// A bounded one-way conduit for the body bytes of one message, from the wire that receives them to the wire
// that sends them on. Two cursors move left to right over one queue of slices, and a third says what is kept
// for a replay:
//
//     kept_ <= taken_ <= filled_
//
//   filled_  what the producer has put in
//   taken_   what the consumer's wire has accepted; from then on the wire keeps the slices it still needs
//   kept_    equals taken_, except while the pipe is held: then nothing is forgotten, so that rewind() can
//            offer the same bytes to another backend
//
// Whatever a consumer has taken opens the producer's window again by take_credit(); bytes offered twice count
// once.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/slice.h"
#include "http/headers.h"

namespace qp::http {

using Bytes = std::span<const unsigned char>;

class Pipe {
 public:
  explicit Pipe(uint32_t limit_bytes) : limit_bytes_(limit_bytes) {}
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  // Producer side. A wire that can't be stopped at once may overfill by what was under way; room() is then 0.
  uint32_t room() const {
    const uint64_t waiting = ready();
    return waiting >= limit_bytes_ ? 0 : limit_bytes_ - static_cast<uint32_t>(waiting);
  }
  void push(Slice slice);
  void end();
  void end(Trailers trailers);
  bool is_ended() const { return ended_; }
  uint64_t filled() const { return filled_; }

  // Consumer side.
  uint64_t ready() const { return filled_ - taken_; }
  uint64_t taken() const { return taken_; }
  // Everything was taken and the producer has ended: only trailers may follow.
  bool is_finished() const { return ended_ && taken_ == filled_; }
  const Trailers* trailers() const {
    return trailers_.get();
  }  // null, or valid as long as the pipe; known when ended
  // The next ready bytes, at most bytes_max of them, without taking them. Returns how many entries were
  // filled.
  size_t peek(std::span<Bytes> out, uint64_t bytes_max) const;
  // Takes `count` of the ready bytes and forgets them (the consumer has copied or written them).
  void take(uint64_t count);
  // Takes the next slice, cut to bytes_max; empty when nothing is ready.
  Slice take_slice(uint32_t bytes_max);

  // The owner's side: bytes the producer may send beyond what it was told before.
  uint64_t take_credit() {
    const uint64_t credit = taken_high_ - credited_;
    credited_ = taken_high_;
    return credit;
  }

  // Replay (RFC 9110 §9.2.2). hold() before anything was taken; commit() gives replay up; it happens by
  // itself when more than bytes_max would have to be kept. rewind() is false when it is too late.
  void hold(uint64_t bytes_max) {
    held_ = taken_ == 0 && filled_ <= bytes_max;
    held_bytes_max_ = bytes_max;
  }
  void commit();
  bool rewind();
  bool is_held() const { return held_; }

  // As if nothing had come yet, for another producer; the last one and the consumer are gone.
  void clear();

  // Bytes this pipe keeps in memory.
  uint64_t memory() const { return filled_ - kept(); }

 private:
  uint64_t kept() const { return held_ ? 0 : taken_; }
  void advance(uint64_t count);
  void forget();

  std::vector<Slice> slices_;  // from first_ on; the ones before were forgotten
  size_t first_ = 0;
  size_t cursor_ = 0;          // the slice that holds taken_
  uint32_t cursor_bytes_ = 0;  // how much of that slice was taken
  uint32_t limit_bytes_;
  uint64_t held_bytes_max_ = 0;
  bool ended_ = false;
  bool held_ = false;
  uint64_t filled_ = 0;
  uint64_t taken_ = 0;
  uint64_t taken_high_ = 0;
  uint64_t credited_ = 0;
  std::unique_ptr<Trailers> trailers_;
};

}  // namespace qp::http

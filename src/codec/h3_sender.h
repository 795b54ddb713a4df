// The sending half of one HTTP/3 stream (RFC 9114 §4.1): sections of fields, and the content of a pipe,
// framed as far as a few packets need it.
//
//   sections ─► begin ─► content ─► end queued ─► end sent        any of them may be stopped: nothing is sent
//                                                                 from then on
#pragma once
#include <cstddef>
#include <cstdint>

#include "codec/h3_send_queue.h"
#include "codec/h3_shared.h"
#include "http/pipe.h"

namespace qp::codec {

class H3Sender {
 public:
  H3Sender(H3Shared& shared, int64_t id) : shared_(shared), id_(id) {}

  void push_section(const H3HeadLines& lines);
  // What comes behind the last head: the content of `body`; null: nothing.
  void begin(http::Pipe* body);

  // These take what the pipe has, and its end alone. True: they took something.
  bool pull();
  bool take_end();

  bool has_work() const;
  void offer(H3Chunk& chunk) const;
  void taken(const H3Chunk& chunk, size_t bytes);
  void acked(uint64_t bytes) { queue_.acked(bytes); }

  void block() { is_blocked_ = true; }
  void unblock() { is_blocked_ = false; }
  // Slices that were sent stay, for the transport may still look at them. False: it was stopped before.
  bool stop();
  // The transport is done with the stream.
  void close();

  bool is_end_queued() const { return is_end_queued_; }
  bool is_end_sent() const { return is_end_sent_; }
  bool is_stopped() const { return is_stopped_; }

 private:
  static constexpr uint32_t kPullBytesMax = 16 * 1024;

  H3Shared& shared_;
  const int64_t id_;
  http::Pipe* pipe_ = nullptr;  // what is left to pull; null once everything is in the queue
  H3SendQueue queue_;
  bool is_end_queued_ = false;
  bool is_end_sent_ = false;
  bool is_blocked_ = false;  // by the transport's flow control
  bool is_stopped_ = false;
};

}  // namespace qp::codec

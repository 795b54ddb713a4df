// Readiness of descriptors (epoll, edge-triggered): a handler is told when something changed and remembers
// what it has not used up yet. One registration per descriptor and life; only who sends datagrams changes
// what it waits for, because each datagram that leaves would count as a change.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "io/socket.h"

struct epoll_event;

namespace qp::io {

struct Events {
  bool readable = false;  // bytes, a new connection, or the end of the peer's side
  bool ended = false;     // the peer has ended its side: read until `closed`, whatever short reads come first
  bool writable = false;
  bool hung_up = false;  // both directions are dead, or an error is pending
};

enum class Interest : uint8_t { all, reading };

class EventHandler {
 public:
  virtual void handle_events(Events events, const Turn& turn) = 0;

 protected:
  ~EventHandler() = default;
};

struct Ready {
  EventHandler* handler;  // never null
  Events events;
  int fd;
};

class EventLoop {
 public:
  EventLoop();  // aborts when the kernel has no epoll for us: nothing works without

  // The handler must outlive the descriptor's registration. Closing the descriptor ends that, as does
  // remove(), which in addition takes it out of the batch that is being handled: after remove() the handler
  // is not called any more.
  Result<> add(int fd, EventHandler& handler, Interest interest = Interest::all);
  void change(int fd, Interest interest);  // of a descriptor that was added; what is ready is told again
  void remove(int fd);

  // Sleeps until something is ready or `deadline` (kNever: no limit; the past: only looks). Valid until the
  // next call.
  std::span<const Ready> poll(TimePoint deadline);

  static Turn read_clock();

 private:
  static constexpr size_t kEventsMax = 256;
  enum class Sleep { none, until_event };

  Sleep prepare_sleep(TimePoint deadline);
  void arm(TimePoint deadline);
  size_t collect(std::span<const epoll_event> events);
  void forget(int fd);

  Fd epoll_;
  Fd timer_;  // poll's own timeout has only milliseconds; pacing needs less
  TimePoint timer_armed_ = kNever;
  std::vector<EventHandler*> handlers_;  // by descriptor
  std::array<Ready, kEventsMax> ready_{};
  size_t ready_count_ = 0;
};

}  // namespace qp::io

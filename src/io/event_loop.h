// Readiness of descriptors (epoll, edge-triggered): a handler is told when something changed and remembers what it
// has not used up yet. One registration per descriptor and life; no system call to change interest.
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "base/clock.h"
#include "base/result.h"
#include "io/socket.h"

struct epoll_event;

namespace qp::io {

struct Events {
  bool readable = false;  // bytes, a new connection, or the end of the peer's side
  bool writable = false;
  bool hung_up = false;   // both directions are dead, or an error is pending
};

class EventHandler {
 public:
  virtual void handle_events(Events events, const Turn& turn) = 0;

 protected:
  ~EventHandler() = default;
};

struct Ready {
  EventHandler* handler;
  Events events;
};

class EventLoop {
 public:
  EventLoop();  // aborts when the kernel has no epoll for us: nothing works without

  // The handler must outlive the descriptor's registration; closing the descriptor ends that, as does remove().
  Result<> add(int fd, EventHandler& handler);
  void remove(int fd);

  // Sleeps until something is ready or `deadline` (kNever: no limit; the past: only looks). Valid until the next call.
  std::span<const Ready> poll(TimePoint deadline);

  static Turn read_clock();

 private:
  static constexpr size_t kEventsMax = 256;
  Fd epoll_;
  Fd timer_;  // poll's own timeout has only milliseconds; pacing needs less
  TimePoint timer_armed_ = kNever;
  std::array<Ready, kEventsMax> ready_{};
};

}  // namespace qp::io

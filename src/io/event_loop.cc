#include "io/event_loop.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdlib>

#include "io/system_error.h"

namespace qp::io {

namespace {

constexpr uint32_t bits_of(Interest interest) {
  const uint32_t reading = EPOLLIN | EPOLLRDHUP | EPOLLET;
  return interest == Interest::all ? reading | EPOLLOUT : reading;
}

// Stands in for a handler that was removed while its batch was being handled, so that nobody has to look for
// null.
class Nobody final : public EventHandler {
 public:
  void handle_events(Events /*events*/, const Turn& /*turn*/) override {}
};
constinit Nobody nobody;

Events events_of(uint32_t bits) {
  return {.readable = (bits & (EPOLLIN | EPOLLRDHUP)) != 0,
          .ended = (bits & EPOLLRDHUP) != 0,
          .writable = (bits & EPOLLOUT) != 0,
          .hung_up = (bits & (EPOLLHUP | EPOLLERR)) != 0};
}

bool tell(int epoll, int operation, int fd, uint32_t bits) {
  epoll_event event = {};
  event.events = bits;
  event.data.fd = fd;
  return epoll_ctl(epoll, operation, fd, &event) == 0;
}

}  // namespace

EventLoop::EventLoop()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)),
      timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  if (!epoll_.is_open() || !timer_.is_open()) std::abort();
  if (!tell(epoll_.get(), EPOLL_CTL_ADD, timer_.get(), EPOLLIN | EPOLLET)) std::abort();
}

Result<> EventLoop::add(int fd, EventHandler& handler, Interest interest) {
  assert(fd >= 0);
  if (!tell(epoll_.get(), EPOLL_CTL_ADD, fd, bits_of(interest))) {
    return system_failure(errno, "cannot watch a descriptor");
  }
  forget(fd);  // an earlier descriptor of that number may have been closed without remove()
  const size_t place = static_cast<size_t>(fd);
  if (place >= handlers_.size()) handlers_.resize(std::max(place + 1, handlers_.size() * 2), &nobody);
  handlers_[place] = &handler;
  return {};
}

void EventLoop::change(int fd, Interest interest) {
  if (!tell(epoll_.get(), EPOLL_CTL_MOD, fd, bits_of(interest))) std::abort();  // it was not added
}

void EventLoop::remove(int fd) {
  epoll_event ignored = {};
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd,
            &ignored);  // fails only if it was not registered, which is what we want
  forget(fd);
  if (static_cast<size_t>(fd) < handlers_.size()) handlers_[static_cast<size_t>(fd)] = &nobody;
}

void EventLoop::forget(int fd) {
  for (Ready& ready : std::span(ready_).first(ready_count_)) {
    if (ready.fd == fd) ready.handler = &nobody;
  }
}

std::span<const Ready> EventLoop::poll(TimePoint deadline) {
  std::array<epoll_event, kEventsMax> events;
  ready_count_ = 0;
  for (;;) {
    const Sleep sleep = prepare_sleep(deadline);
    const int count = epoll_wait(epoll_.get(), events.data(), kEventsMax, sleep == Sleep::none ? 0 : -1);
    if (count < 0) {
      if (errno != EINTR) std::abort();
      return {};  // a signal: the caller may want to look what it was
    }
    ready_count_ = collect(std::span(events).first(static_cast<size_t>(count)));
    // If only the timer rang, and for a deadline that has been given up meanwhile, the caller isn't bothered.
    if (ready_count_ > 0 || sleep == Sleep::none) return std::span(ready_).first(ready_count_);
  }
}

EventLoop::Sleep EventLoop::prepare_sleep(TimePoint deadline) {
  if (deadline == kNever) return Sleep::until_event;
  if (deadline <= std::chrono::steady_clock::now()) return Sleep::none;
  // A timer that is armed for too early costs one useless wake-up at most; setting it anew costs a call every
  // turn.
  if (deadline < timer_armed_) arm(deadline);
  return Sleep::until_event;
}

void EventLoop::arm(TimePoint deadline) {
  const int64_t nanoseconds = deadline.time_since_epoch().count();
  itimerspec at = {};
  at.it_value.tv_sec = nanoseconds / 1'000'000'000;
  at.it_value.tv_nsec = nanoseconds % 1'000'000'000;
  if (timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &at, nullptr) != 0) std::abort();
  timer_armed_ = deadline;
}

size_t EventLoop::collect(std::span<const epoll_event> events) {
  size_t count = 0;
  for (const epoll_event& event : events) {
    if (event.data.fd == timer_.get()) {
      timer_armed_ = kNever;  // it has fired; being edge-triggered it need not be read
      continue;
    }
    EventHandler* handler = handlers_[static_cast<size_t>(event.data.fd)];
    ready_[count++] = {handler, events_of(event.events), event.data.fd};
  }
  return count;
}

Turn EventLoop::read_clock() {
  timespec wall = {};
  clock_gettime(CLOCK_REALTIME, &wall);
  return {.now = std::chrono::steady_clock::now(),
          .wall = WallTime(std::chrono::seconds(wall.tv_sec) + std::chrono::nanoseconds(wall.tv_nsec))};
}

}  // namespace qp::io

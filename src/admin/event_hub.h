// Server-sent events (WHATWG HTML §9.2): everybody who listens gets every event. Who is too slow to take them
// is let go, and comes back with the last id it saw. Runs on control.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/list.h"

namespace qp::admin {

struct EventListeners;

class EventListener : public ListNode<EventListeners> {
 public:
  virtual void take_event(std::string_view text) = 0;
  virtual void end_events() = 0;

 protected:
  ~EventListener() = default;
};

class EventHub {
 public:
  static constexpr size_t kListenersMax = 16;
  static constexpr uint32_t kQueueBytesMax = 1024 * 1024;  // what one listener may be behind

  void add(EventListener& listener) { listeners_.push_back(listener); }
  size_t listeners() const;
  void publish(std::string_view text) {
    listeners_.for_each([text](EventListener& one) { one.take_event(text); });
  }
  // Every stream ends in an orderly way.
  void close() {
    listeners_.for_each([](EventListener& one) { one.end_events(); });
  }

 private:
  List<EventListener, EventListeners> listeners_;
};

// One event as it goes over the wire; `json` is one line. An id of 0 is none.
std::string event_text(std::string_view name, std::string_view json, uint64_t id = 0);

}  // namespace qp::admin

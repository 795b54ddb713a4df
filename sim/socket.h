// One descriptor of the simulated network. What it is shows in what is used of it.
#pragma once
#include <cstdint>
#include <deque>
#include <string>

#include "base/address.h"
#include "base/clock.h"
#include "io/event_loop.h"

namespace qp::sim {

struct SimDatagram {
  Address remote;
  Address local;
  uint8_t ecn = 0;
  std::string bytes;
};

struct Socket {
  int fd = -1;
  io::EventHandler* handler = nullptr;
  const void* loop = nullptr;
  Address local;
  Address remote;

  bool is_listener = false;
  std::deque<int> backlog;

  // TCP. `peer` is the other end's descriptor; -1 before the connection stands, and once the other end is
  // gone.
  int peer = -1;
  std::string received;      // has arrived, is not read
  uint64_t in_flight = 0;    // on its way here
  TimePoint last_arrival{};  // nothing overtakes
  uint64_t sent = 0;
  uint64_t cut_at = UINT64_MAX;  // after so many sent bytes the connection breaks,
  bool is_quiet_cut = false;     // in a way that the peer can't tell from an orderly end
  bool is_connecting = false;
  bool is_refused = false;
  bool was_reset = false;
  bool has_end = false;  // the peer's FIN has arrived
  bool sent_end = false;
  bool resets_on_close = false;
  bool wants_room = false;  // a write found too little room: tell when there is some

  bool is_udp = false;
  Address outer;  // where others see it
  std::deque<SimDatagram> datagrams;
  bool is_blocked = false;

  bool is_wakeup = false;
  bool is_signalled = false;

  bool is_stream() const { return !is_listener && !is_udp && !is_wakeup; }
};

}  // namespace qp::sim

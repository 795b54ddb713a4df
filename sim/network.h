// A network in one process: TCP and UDP sockets, latency, loss, resets, small windows and time, all of it
// decided by one seed. The functions of src/io are defined a second time over it (io.cc) and linked in place
// of the real ones, so that everything above io runs unchanged.
//
// Nothing waits here. A loop that has nothing to do leaves its turn by an exception (Asleep), which says
// until when it would have slept; the world then lets time jump to whatever comes next.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/random.h"
#include "io/event_loop.h"
#include "socket.h"

namespace qp::sim {

// How bad this network is. "One in" 0 is never.
struct Faults {
  Duration latency = std::chrono::microseconds(200);  // one way
  Duration jitter = std::chrono::microseconds(100);   // up to so much more
  uint32_t tcp_window_bytes = 64 * 1024;              // of one direction: under way or not read yet
  uint32_t tcp_segment_bytes_max = 1448;              // bytes arrive in random parts of at most so many
  uint32_t partial_one_in = 0;                        // of reads and writes: moves less than it could
  uint32_t tcp_cut_one_in = 0;  // of connections: broken off after a random number of bytes
  uint32_t tcp_cut_bytes_max = 64 * 1024;
  uint32_t connect_refused_one_in = 0;
  uint32_t connect_lost_one_in = 0;  // nobody ever answers
  uint32_t accept_exhausted_one_in = 0;
  uint32_t udp_loss_one_in = 0;
  uint32_t udp_duplicate_one_in = 0;
  uint32_t udp_delay_one_in = 0;       // overtaken by others
  uint32_t udp_blocked_one_in = 0;     // of flushes: the kernel takes no more for a moment
  uint32_t udp_bytes_max = 1500 - 28;  // larger ones vanish
};

// A loop has nothing to do before `until`. Thrown by EventLoop::poll, at the very beginning of a turn.
struct Asleep {
  TimePoint until;
  const void* loop;
};

class Network {
 public:
  Network(uint64_t seed, const Faults& faults);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  ~Network();
  static Network& current();  // the one that the functions of io act on

  // What happens is told on standard output.
  void trace() { is_traced_ = true; }
  bool is_traced() const { return is_traced_; }
  void tell(const std::string& line) const;
  void tell_sockets() const;

  TimePoint now() const { return now_; }
  Random& random() { return random_; }
  const Faults& faults() const { return faults_; }
  bool happens(uint32_t one_in) { return one_in > 0 && random_.one_in(one_in); }
  TimePoint next_arrival() const { return arrivals_.empty() ? kNever : arrivals_.top().at; }
  // Lets time pass up to `at` and delivers what arrives until then.
  void advance(TimePoint at);
  void later(Duration delay, std::function<void()> action);
  Duration latency();
  uint64_t deliveries() const { return deliveries_; }

  Socket& open();
  void close(int fd);
  Socket* find(int fd);
  Socket& at(int fd);
  size_t open_sockets() const { return sockets_.size(); }
  uint16_t free_port() { return next_port_++; }
  Socket* find_listener(const Address& address);
  Socket* find_udp(const Address& outer, const Address& sender);

  // Readiness, edge by edge: what is told is the state at the time of telling, as epoll has it.
  void watch(Socket& socket, io::EventHandler& handler, const void* loop);
  void unwatch(int fd);
  void signal(Socket& socket);
  bool has_ready(const void* loop) const;
  std::vector<io::Ready> take_ready(const void* loop, size_t count_max);

  // TCP. What was sent arrives in order; a cut connection ends in the middle of what is sent.
  void connect(Socket& socket, const Address& remote);
  void send(Socket& from, std::string bytes);
  void send_end(Socket& from);
  void send_reset(Socket& from);
  size_t room(const Socket& from);
  void tell_room(Socket& reader);
  // Connections to this address are not cut in a way that looks like an orderly end.
  void spare(const Address& address) { spared_.insert(address.text()); }

  // UDP.
  void send_datagram(const Address& from, const Address& to, uint8_t ecn, std::string bytes);
  // The client's NAT forgets it: from now on the world sees it at another port, and the old one leads
  // nowhere.
  void rebind(Socket& client) { client.outer.set_port(free_port()); }

 private:
  struct Arrival {
    TimePoint at;
    uint64_t order;
    std::function<void()> action;
    bool operator<(const Arrival& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };
  void accept_connection(int fd, const Address& remote);
  void plan_cut(Socket& socket);
  void cut(Socket& from);
  void orphan(Socket& socket);
  void arrive_in_order(Socket& to, std::function<void(Socket&)> action);
  void reset_later(int fd);

  bool is_traced_ = false;
  Random random_;
  Faults faults_;
  TimePoint now_{std::chrono::hours(1)};
  std::map<int, Socket> sockets_;
  std::set<int> signalled_;
  std::set<std::string> spared_;
  std::priority_queue<Arrival> arrivals_;
  uint64_t order_ = 0;
  uint64_t deliveries_ = 0;
  int next_fd_ = 3;
  uint16_t next_port_ = 20000;
};

}  // namespace qp::sim

// link NAME_A NAME_B RATE_MBIT DELAY_MS LOSS_PERCENT QUEUE_KB [SEED]
//
// A long wire between two TUN devices, which it creates: what enters one comes out of the other, not faster
// than the rate, after the delay, and not at all where it is lost or finds the queue full. Both directions
// are alike.
//
//   device ──> lost? ──> queue (full: dropped) ──> rate ──> delay ──> the other device
//
// TUN devices without offloads get every packet as it would be on an Ethernet, whatever the sender does to
// save work. The script beside this moves the devices into the namespaces of the two hosts. Prints "ready"
// when there are devices, and what became of the packets when it is told to end.
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

struct Nature {
  double bytes_per_second;
  Clock::duration delay;
  double loss;            // 0 to 1
  Clock::duration queue;  // what the longest queue takes to drain
};

struct Packet {
  Clock::time_point due;
  size_t size;
  std::array<char, 1536> bytes;
};

int open_device(const char* name) {
  const int fd = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ifreq request = {};
  std::snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (fd < 0 || ::ioctl(fd, TUNSETIFF, &request) != 0) {
    std::perror(name);
    std::exit(1);
  }
  return fd;
}

class Direction {
 public:
  Direction(int from, int to, const Nature& nature, unsigned seed)
      : from_(from), to_(to), nature_(nature), random_(seed) {}

  void take() {
    Packet packet;
    for (ssize_t size; (size = ::read(from_, packet.bytes.data(), packet.bytes.size())) > 0;) {
      packet.size = static_cast<size_t>(size);
      enter(packet);
    }
  }
  void deliver() {
    for (; !under_way_.empty() && under_way_.front().due <= Clock::now(); under_way_.pop_front()) {
      const Packet& packet = under_way_.front();
      if (::write(to_, packet.bytes.data(), packet.size) > 0) ++carried_;
    }
  }
  Clock::time_point next() const {
    return under_way_.empty() ? Clock::time_point::max() : under_way_.front().due;
  }
  void report(const char* name) const {
    std::printf("%s: %ld carried, %ld lost, %ld dropped from a full queue\n", name, carried_, lost_,
                dropped_);
  }

 private:
  void enter(Packet& packet) {
    const auto now = Clock::now();
    if (std::uniform_real_distribution<>()(random_) < nature_.loss) {
      ++lost_;
      return;
    }
    const auto begins = std::max(now, wire_free_at_);
    if (begins - now > nature_.queue) {
      ++dropped_;
      return;
    }
    const Seconds on_wire(static_cast<double>(packet.size) / nature_.bytes_per_second);
    wire_free_at_ = begins + std::chrono::duration_cast<Clock::duration>(on_wire);
    packet.due = wire_free_at_ + nature_.delay;
    under_way_.push_back(packet);
  }

  int from_;
  int to_;
  Nature nature_;
  std::minstd_rand random_;
  Clock::time_point wire_free_at_{};
  std::deque<Packet> under_way_;  // in the queue or on the wire; all are delayed alike, so they stay in order
  long carried_ = 0;
  long lost_ = 0;
  long dropped_ = 0;
};

volatile sig_atomic_t is_over = 0;

}  // namespace

int main(int count, char** words) {
  if (count < 7) {
    std::fprintf(stderr, "link NAME_A NAME_B RATE_MBIT DELAY_MS LOSS_PERCENT QUEUE_KB [SEED]\n");
    return 2;
  }
  const double rate = std::atof(words[3]) * 1e6 / 8;
  const auto span = [](double seconds) {
    return std::chrono::duration_cast<Clock::duration>(Seconds(seconds));
  };
  const Nature nature{rate, span(std::atof(words[4]) / 1e3), std::atof(words[5]) / 100,
                      span(std::atof(words[6]) * 1e3 / rate)};
  const unsigned seed = count > 7 ? static_cast<unsigned>(std::atoi(words[7])) : 1;

  const int a = open_device(words[1]);
  const int b = open_device(words[2]);
  std::array<Direction, 2> directions{Direction(a, b, nature, seed), Direction(b, a, nature, seed + 1)};

  // A wire is never late: neither the timer's slack nor busy neighbours may hold packets up.
  ::prctl(PR_SET_TIMERSLACK, 1);
  const sched_param urgent{.sched_priority = 1};
  ::sched_setscheduler(0, SCHED_RR, &urgent);
  struct sigaction end = {};
  end.sa_handler = [](int) { is_over = 1; };
  ::sigaction(SIGTERM, &end, nullptr);
  std::puts("ready");
  std::fflush(stdout);

  while (is_over == 0) {
    const auto next = std::min(directions[0].next(), directions[1].next());
    timespec rest{.tv_sec = 0, .tv_nsec = 100'000'000};
    if (next != Clock::time_point::max()) {
      const auto left = std::chrono::nanoseconds(next - Clock::now()).count();
      rest.tv_nsec = std::clamp<long>(left, 0, 100'000'000);
    }
    std::array<pollfd, 2> readable{pollfd{a, POLLIN, 0}, pollfd{b, POLLIN, 0}};
    ::ppoll(readable.data(), readable.size(), &rest, nullptr);
    for (Direction& direction : directions) {
      direction.deliver();
      direction.take();
    }
  }
  directions[0].report("a to b");
  directions[1].report("b to a");
}

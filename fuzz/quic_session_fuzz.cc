// A network that does to a connection what the input says, two bytes at a time: what to do, and with which
// byte or for how long. Sessions may end, but they may not crash, spin, or deliver anything but what was
// sent.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "support/quic_link.h"

namespace {

using qp::test::QuicLink;
using qp::test::QuicPeer;

constexpr size_t kStepsMax = 256;

void require(bool condition) {
  if (!condition) std::abort();
}

void step(QuicLink& link, unsigned what, unsigned argument) {
  switch (what % 8) {
    case 0: link.run_for(std::chrono::milliseconds(argument)); break;
    case 1: link.network.loss_percent = argument % 100; break;
    case 2: link.network.corrupt_percent = argument % 100; break;
    case 3: link.network.duplicate_percent = argument % 100; break;
    case 4: link.network.jitter = std::chrono::milliseconds(argument); break;
    case 5:
      link.rebind_client(qp::Address::parse("10.0.0.3", static_cast<uint16_t>(1 + argument)).value());
      break;
    case 6: {
      QuicPeer& to = argument % 2 == 0 || link.server.session == nullptr ? link.client : link.server;
      link.inject(to, std::string(argument, static_cast<char>(argument)));
      break;
    }
    case 7: {
      if (const auto id = link.client.session->open_bidirectional())
        link.client.send(*id, std::string(argument * 100, 'x'));
      break;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  QuicLink link(size);
  link.connect();
  for (size_t at = 0; at + 1 < size && at / 2 < kStepsMax; at += 2)
    step(link, data[at], data[at + 1]);
  link.run_for(std::chrono::milliseconds(100));

  for (const auto& [id, inbox] : link.server.inboxes) {
    require(link.client.outboxes[id].data.starts_with(inbox.data));
  }
  return 0;
}

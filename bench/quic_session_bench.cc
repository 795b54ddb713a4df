// What a session costs: 100 MiB from a server to a client in one thread without sockets, and the CPU time of
// each side by itself. The figure to look at is server_s_per_GB, write() and the handling of ACKs included.
#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>

#include "support/quic_link.h"

namespace {

using qp::test::QuicLink;
using qp::test::QuicPeer;

constexpr size_t kTransferBytes = 100 * 1024 * 1024;

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Hands everything that one side has to say to the other; adds the CPU time of each.
bool carry(QuicLink& link, QuicPeer& from, QuicPeer& to, double& sending, double& receiving) {
  static std::array<unsigned char, 64 * 1024> buffer;
  bool is_moving = false;
  for (;;) {
    const double begin = cpu_seconds();
    const qp::transport::Outgoing batch = from.session->write(buffer, link.now);
    const double written = cpu_seconds();
    sending += written - begin;
    if (batch.bytes == 0) return is_moving;
    is_moving = true;
    for (size_t at = 0; at < batch.bytes; at += batch.segment_bytes) {
      const auto datagram = std::span(buffer).subspan(at, std::min(batch.segment_bytes, batch.bytes - at));
      if (!to.session->handle(datagram, batch.remote, batch.local, batch.ecn, link.now)) std::abort();
    }
    receiving += cpu_seconds() - written;
  }
}

void session_transfer(benchmark::State& state) {
  const auto stream_count = static_cast<size_t>(state.range(0));
  double server = 0;
  double client = 0;
  for (auto _ : state) {
    QuicLink link;
    link.network.latency = std::chrono::microseconds(50);
    if (!link.shake_hands()) std::abort();
    for (size_t i = 0; i < stream_count; ++i) {
      link.client.send(link.client.session->open_bidirectional().value(), "request");
    }
    if (!link.run_until([&] { return link.server.inboxes.size() == stream_count; })) std::abort();
    for (const auto& [id, inbox] : link.server.inboxes) {
      link.server.send(id, std::string(kTransferBytes / stream_count, 'x'));
      link.client.inboxes[id].data.reserve(kTransferBytes / stream_count);
    }
    size_t ended = 0;
    while (ended < stream_count) {
      const bool is_moving = carry(link, link.server, link.client, server, client);
      link.client.consume();
      carry(link, link.client, link.server, client, server);
      if (!is_moving) link.advance(std::chrono::microseconds(100));
      for (QuicPeer* peer : {&link.client, &link.server}) {
        if (peer->session->deadline() <= link.now && !peer->session->expire(link.now)) std::abort();
      }
      ended = 0;
      for (const auto& [id, inbox] : link.client.inboxes)
        ended += inbox.is_ended ? 1 : 0;
    }
  }
  const double gigabytes = static_cast<double>(state.iterations()) * kTransferBytes / 1e9;
  state.counters["server_s_per_GB"] = server / gigabytes;
  state.counters["client_s_per_GB"] = client / gigabytes;
}
BENCHMARK(session_transfer)->Arg(1)->Arg(40)->Unit(benchmark::kMillisecond);

// A full handshake of both sides, certificates ready.
void session_handshake(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto link = std::make_unique<QuicLink>(2);
    state.ResumeTiming();
    if (!link->shake_hands()) std::abort();
    state.PauseTiming();
    link.reset();
    state.ResumeTiming();
  }
}
BENCHMARK(session_handshake)->Unit(benchmark::kMicrosecond);

}  // namespace

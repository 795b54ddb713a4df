// What a byte costs between two UDP sockets of one thread, by way of the loopback device.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "io/udp.h"

namespace qp::io {
namespace {

constexpr size_t kDatagramBytes = 1400;
constexpr size_t kBatchBytes = 46 * kDatagramBytes;

UdpSocket open(bool has_offload) {
  return UdpSocket::bind(Address::parse("127.0.0.1", 0).value(), {.offload = has_offload}).value();
}

// `batches` of 64 KiB go out with one flush, then all of them are read.
void send_and_receive(benchmark::State& state) {
  const bool has_offload = state.range(0) != 0;
  const int64_t batches = state.range(1);
  UdpSocket sender = open(has_offload);
  UdpSocket receiver = open(has_offload);
  uint64_t received = 0;
  for (auto _ : state) {
    for (int64_t i = 0; i < batches; ++i) {
      const std::span<unsigned char> into = sender.reserve(kBatchBytes);
      std::memset(into.data(), 'x',
                  into.size());  // stands for encryption, which leaves the bytes in the cache
      sender.commit(kBatchBytes, kDatagramBytes, {}, receiver.local(), 0);
    }
    sender.flush();
    for (;;) {
      const std::span<Datagram> batch = receiver.receive();
      for (const Datagram& datagram : batch)
        received += datagram.bytes.size();
      if (!receiver.may_have_more()) break;
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(received));
  state.counters["lost"] = static_cast<double>(receiver.stats().receive_drops);
}
BENCHMARK(send_and_receive)
    ->ArgNames({"offload", "batches"})
    ->Args({1, 1})
    ->Args({1, 4})
    ->Args({1, 8})
    ->Args({0, 1});

}  // namespace
}  // namespace qp::io

// A datagram as a router meets it: read, and answered in every way that needs no connection.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "transport/quic_packet.h"

namespace {

using namespace qp::transport;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes datagram(data, size);
  const auto ids = decode_packet_ids(datagram, 8);
  if (!ids) return 0;
  // What was read lies inside of what came.
  for (const Bytes part : {ids->destination, ids->source, ids->token}) {
    require(part.empty() || (part.data() >= data && part.data() + part.size() <= data + size));
  }

  std::array<unsigned char, 1500> out;
  require(write_version_negotiation(out, *ids, size) <= size);  // no amplification
  require(write_stateless_reset(out, StatelessResetToken{1}, size) < size);
  if (!ids->is_initial) return 0;
  const std::array<unsigned char, 8> retry_bytes = {1, 2, 3, 4, 5, 6, 7, 8};
  (void)write_retry(out, *ids, ConnectionId(retry_bytes), bytes_of("token"));
  (void)write_initial_close(out, *ids, Refusal::connection_refused);
  const TokenSeal seal{Secret(bytes_of("fuzz"))};
  const auto opened = seal.open(*ids, qp::Address::parse("192.0.2.1", 1).value(), qp::WallTime{});
  require(opened.verdict != TokenSeal::Verdict::regular);
  return 0;
}

#include "conn/quic_token.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace qp::conn {

namespace {

using Block = transport::BlockCipher::Block;

// A block that was not made with our key shows this with a probability of 2^-32.
constexpr uint32_t kCheck = 0x71756963;

struct Plain {
  uint16_t generation;
  uint16_t worker;
  uint32_t check;
  uint64_t nonce;
};
static_assert(sizeof(Plain) == sizeof(Block));

}  // namespace

QuicIdSealer::QuicIdSealer(const transport::Secret& secret, Place place, uint32_t workers)
    : id_cipher_(secret.derive<sizeof(Block)>("quic connection id")),
      reset_cipher_(secret.derive<sizeof(Block)>("quic stateless reset")),
      place_(place),
      workers_(workers) {
  assert(place.worker < workers);
  std::array<unsigned char, sizeof nonce_> random;
  transport::fill_random(random);
  std::memcpy(&nonce_, random.data(), sizeof nonce_);
}

transport::ConnectionId QuicIdSealer::make_id() {
  // Every tries hits with 1/workers. Above 256 workers a byte can't name them all; user space forwards then.
  const uint32_t wanted = place_.worker % std::min(workers_, 256u);
  for (;;) {
    const Plain plain{place_.generation, place_.worker, kCheck, nonce_++};
    Block block;
    std::memcpy(block.data(), &plain, sizeof plain);
    id_cipher_.encrypt(block);
    if (workers_ > 256 || block[0] % workers_ == wanted) return transport::ConnectionId(block);
  }
}

std::optional<QuicIdSealer::Place> QuicIdSealer::open(transport::Bytes id) {
  if (id.size() != kIdBytes) return {};
  Block block;
  std::ranges::copy(id, block.begin());
  id_cipher_.decrypt(block);
  Plain plain;
  std::memcpy(&plain, block.data(), sizeof plain);
  if (plain.check != kCheck) return {};
  return Place{plain.generation, plain.worker};
}

transport::StatelessResetToken QuicIdSealer::reset_token(const transport::ConnectionId& id) {
  Block block{};
  std::ranges::copy(id.bytes().first(std::min<size_t>(id.size, block.size())), block.begin());
  reset_cipher_.encrypt(block);
  return block;
}

}  // namespace qp::conn

#include "conn/quic_token.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace qp::conn {

namespace {

using Block = transport::BlockCipher::Block;

// Behind the server ID, if there is one.
struct Fields {
  uint16_t generation;
  uint16_t worker;
  uint32_t check;  // a block that was not made with our key shows the right one with a probability of 2^-32
};
static_assert(sizeof(Fields) == 8);
constexpr size_t kNonceBytesMin = sizeof(Block) - sizeof(Fields) - RoutableIds::kServerIdBytesMax;
static_assert(kNonceBytesMin >= 4);  // draft-ietf-quic-load-balancers-21 §5

// What a balancer reads before the sealed block.
std::vector<unsigned char> prefix_of(const RoutableIds& routing) {
  if (routing.server_id.empty()) return {};
  const size_t open_bytes = routing.key ? 0 : routing.server_id.size();
  std::vector<unsigned char> prefix(1 + open_bytes);
  std::copy_n(routing.server_id.begin(), open_bytes, prefix.begin() + 1);
  const size_t following = prefix.size() - 1 + sizeof(Block);
  prefix[0] = static_cast<unsigned char>(routing.config_id << 5 | following);
  return prefix;
}

}  // namespace

size_t id_bytes(const RoutableIds& routing) {
  return prefix_of(routing).size() + sizeof(Block);
}

uint32_t steering_byte(const RoutableIds& routing) {
  return static_cast<uint32_t>(1 + prefix_of(routing).size());
}

QuicIdSealer::Keys::Keys(const transport::Secret& secret, const RoutableIds& routing)
    : id_cipher(routing.key ? *routing.key : secret.derive<sizeof(Block)>("quic connection id")),
      reset_cipher(secret.derive<sizeof(Block)>("quic stateless reset")) {
  const auto bytes = secret.derive<sizeof check>("quic connection id check");
  std::memcpy(&check, bytes.data(), sizeof check);
}

QuicIdSealer::QuicIdSealer(const QuicIdentity& identity, Place place, uint32_t workers)
    : prefix_(prefix_of(identity.routing)), place_(place), workers_(workers) {
  const RoutableIds& routing = identity.routing;
  assert(place.worker < workers);
  assert(routing.server_id.size() <= RoutableIds::kServerIdBytesMax);
  assert(routing.config_id <= RoutableIds::kConfigIdMax);
  if (routing.key) inner_id_ = routing.server_id;
  for (const transport::Secret& secret : identity.secrets.all())
    keys_.push_back(std::make_unique<Keys>(secret, routing));
  std::array<unsigned char, sizeof nonce_> random;
  transport::fill_random(random);
  std::memcpy(&nonce_, random.data(), sizeof nonce_);
}

Block QuicIdSealer::plain_block(uint32_t check) {
  Block block;
  const Fields fields{place_.generation, place_.worker, check};
  const uint64_t nonce = nonce_++;
  unsigned char* at = std::ranges::copy(inner_id_, block.begin()).out;
  std::memcpy(at, &fields, sizeof fields);
  at += sizeof fields;
  std::memcpy(at, &nonce, static_cast<size_t>(block.end() - at));
  return block;
}

transport::ConnectionId QuicIdSealer::make_id() {
  // Every tries hits with 1/workers. Above 256 workers a byte can't name them all; user space forwards then.
  const uint32_t wanted = place_.worker % std::min(workers_, 256u);
  Keys& keys = *keys_.front();
  for (;;) {
    Block block = plain_block(keys.check);
    keys.id_cipher.encrypt(block);
    if (workers_ <= 256 && block[0] % workers_ != wanted) continue;
    std::array<unsigned char, transport::ConnectionId::kBytesMax> id;
    const auto behind_prefix = std::ranges::copy(prefix_, id.begin()).out;
    std::ranges::copy(block, behind_prefix);
    return transport::ConnectionId(std::span(id).first(id_bytes()));
  }
}

std::optional<QuicIdSealer::Found> QuicIdSealer::find(transport::Bytes id) {
  if (id.size() != id_bytes()) return {};
  for (const std::unique_ptr<Keys>& keys : keys_) {
    Block block;
    std::ranges::copy(id.last(sizeof block), block.begin());
    keys->id_cipher.decrypt(block);
    Fields fields;
    std::memcpy(&fields, block.data() + inner_id_.size(), sizeof fields);
    if (fields.check == keys->check) return Found{keys.get(), {fields.generation, fields.worker}};
  }
  return {};
}

std::optional<QuicIdSealer::Place> QuicIdSealer::open(transport::Bytes id) {
  const auto found = find(id);
  return found ? std::optional(found->place) : std::nullopt;
}

// Of the secret that made the ID. An ID that nobody can open gets what the current one would say.
transport::StatelessResetToken QuicIdSealer::reset_token(const transport::ConnectionId& id) {
  const auto found = find(id.bytes());
  Keys& keys = found ? *found->keys : *keys_.front();
  Block block{};
  std::ranges::copy(id.bytes().last(std::min<size_t>(id.size, block.size())), block.begin());
  keys.reset_cipher.encrypt(block);
  return block;
}

}  // namespace qp::conn

#include "transport/quic_packet.h"

#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include <algorithm>
#include <array>

#include "transport/quic_path.h"

namespace qp::transport {
namespace {

constexpr std::array<uint32_t, 2> kVersions = {kQuicV1, kQuicV2};
// Of the form that is reserved to keep peers used to versions they don't know (RFC 9000 §15).
constexpr uint32_t kGreaseVersion = 0x1a2a3a4a;
// The shortest datagram that may open a connection (§14.1), and so the shortest that deserves an answer.
constexpr size_t kInitialBytesMin = 1200;
// A reset that looks like a packet: flags, at least 4 random bytes and the token (§10.3).
constexpr size_t kResetBytesMin = 21;
constexpr size_t kResetBytesMax = 43;

constexpr ngtcp2_duration kRetryLifetime = 10 * NGTCP2_SECONDS;
constexpr ngtcp2_duration kRegularLifetime = 24 * 3600 * NGTCP2_SECONDS;

ngtcp2_cid cid_of(Bytes id) {
  ngtcp2_cid cid;
  ngtcp2_cid_init(&cid, id.data(), std::min<size_t>(id.size(), NGTCP2_MAX_CIDLEN));
  return cid;
}

bool has_usable_ids(const PacketIds& ids) {
  return ids.destination.size() <= NGTCP2_MAX_CIDLEN && ids.source.size() <= NGTCP2_MAX_CIDLEN;
}

size_t size_or_nothing(ngtcp2_ssize written) {
  return written > 0 ? static_cast<size_t>(written) : 0;
}

ngtcp2_tstamp timestamp_of(WallTime time) {
  return static_cast<ngtcp2_tstamp>(time.time_since_epoch().count());
}

}  // namespace

bool is_version_supported(uint32_t version) {
  return std::ranges::find(kVersions, version) != kVersions.end();
}

std::optional<PacketIds> decode_packet_ids(Bytes datagram, size_t short_id_bytes) {
  if (datagram.empty()) return {};
  ngtcp2_version_cid decoded{};
  const int result =
      ngtcp2_pkt_decode_version_cid(&decoded, datagram.data(), datagram.size(), short_id_bytes);
  if (result != 0 && result != NGTCP2_ERR_VERSION_NEGOTIATION) return {};
  PacketIds ids{.version = decoded.version,
                .destination = {decoded.dcid, decoded.dcidlen},
                .source = {decoded.scid, decoded.scidlen},
                .token = {},
                .is_long = (datagram[0] & 0x80) != 0,
                .is_initial = false};
  if (!ids.is_long || !is_version_supported(ids.version)) return ids;
  ngtcp2_pkt_hd header;
  if (ngtcp2_pkt_decode_hd_long(&header, datagram.data(), datagram.size()) < 0) return {};
  ids.is_initial = header.type == NGTCP2_PKT_INITIAL;
  if (ids.is_initial) ids.token = {header.token, header.tokenlen};
  return ids;
}

size_t write_version_negotiation(std::span<unsigned char> out, const PacketIds& received,
                                 size_t received_bytes) {
  if (!received.is_long || received.version == 0 || received_bytes < kInitialBytesMin) return 0;
  std::array<unsigned char, 1> random;
  fill_random(random);
  const std::array<uint32_t, 3> versions = {kGreaseVersion, kQuicV1, kQuicV2};
  return size_or_nothing(ngtcp2_pkt_write_version_negotiation(
      out.data(), out.size(), random[0], received.source.data(), received.source.size(),
      received.destination.data(), received.destination.size(), versions.data(), versions.size()));
}

size_t write_retry(std::span<unsigned char> out, const PacketIds& received, const ConnectionId& retry_id,
                   Bytes token) {
  // The same ID twice would not prove that the client has seen the Retry (RFC 9000 §17.2.5.1).
  if (!has_usable_ids(received) || std::ranges::equal(received.destination, retry_id.bytes())) return 0;
  const ngtcp2_cid theirs = cid_of(received.source);
  const ngtcp2_cid ours = cid_of(retry_id.bytes());
  const ngtcp2_cid original = cid_of(received.destination);
  return size_or_nothing(ngtcp2_crypto_write_retry(out.data(), out.size(), received.version, &theirs, &ours,
                                                   &original, token.data(), token.size()));
}

size_t write_stateless_reset(std::span<unsigned char> out, const StatelessResetToken& token,
                             size_t received_bytes) {
  const size_t size =
      std::min({received_bytes - std::min<size_t>(received_bytes, 1), kResetBytesMax, out.size()});
  if (size < kResetBytesMin) return 0;
  std::array<unsigned char, kResetBytesMax> random;
  fill_random(random);
  ngtcp2_stateless_reset_token wire;
  std::ranges::copy(token, wire.data);
  return size_or_nothing(
      ngtcp2_pkt_write_stateless_reset2(out.data(), size, &wire, random.data(), random.size()));
}

size_t write_initial_close(std::span<unsigned char> out, const PacketIds& received, Refusal refusal) {
  if (!has_usable_ids(received)) return 0;
  const ngtcp2_cid theirs = cid_of(received.source);
  const ngtcp2_cid ours = cid_of(received.destination);
  return size_or_nothing(ngtcp2_crypto_write_connection_close(
      out.data(), out.size(), received.version, &theirs, &ours, static_cast<uint64_t>(refusal), nullptr, 0));
}

TokenSeal::TokenSeal(const Secrets& secrets) {
  for (const Secret& secret : secrets.all())
    keys_.push_back(secret.derive<Secret::kBytes>("quic address token"));
}

size_t TokenSeal::seal_retry(std::span<unsigned char> out, uint32_t version, const Address& remote,
                             const ConnectionId& retry_id, const ConnectionId& original_id,
                             WallTime now) const {
  static_assert(NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN2 <= kBytesMax);
  if (out.size() < kBytesMax) return 0;
  const ngtcp2_cid retry = cid_of(retry_id.bytes());
  const ngtcp2_cid original = cid_of(original_id.bytes());
  return size_or_nothing(ngtcp2_crypto_generate_retry_token2(out.data(), keys_[0].data(), keys_[0].size(),
                                                             version, remote.raw(), remote.size(), &retry,
                                                             &original, timestamp_of(now)));
}

size_t TokenSeal::seal_regular(std::span<unsigned char> out, const Address& remote, WallTime now) const {
  static_assert(NGTCP2_CRYPTO_MAX_REGULAR_TOKENLEN <= kBytesMax);
  if (out.size() < kBytesMax) return 0;
  return size_or_nothing(ngtcp2_crypto_generate_regular_token(
      out.data(), keys_[0].data(), keys_[0].size(), remote.raw(), remote.size(), timestamp_of(now)));
}

TokenSeal::Opened TokenSeal::open(const PacketIds& initial, const Address& remote, WallTime now) const {
  if (initial.token.empty() || !has_usable_ids(initial)) return {};
  for (const Key& key : keys_) {
    const Opened opened = open_with(key, initial, remote, now);
    if (opened.verdict != Verdict::unknown) return opened;
  }
  return {};
}

TokenSeal::Opened TokenSeal::open_with(const Key& key, const PacketIds& initial, const Address& remote,
                                       WallTime now) const {
  const Bytes token = initial.token;
  if (token[0] == NGTCP2_CRYPTO_TOKEN_MAGIC_RETRY2) {
    const ngtcp2_cid destination = cid_of(initial.destination);
    ngtcp2_cid original;
    switch (ngtcp2_crypto_verify_retry_token2(&original, token.data(), token.size(), key.data(), key.size(),
                                              initial.version, remote.raw(), remote.size(), &destination,
                                              kRetryLifetime, timestamp_of(now))) {
      case 0: return {Verdict::retry, ConnectionId({original.data, original.datalen})};
      // Ours, but for another address, ID or time. (What we can't read may be another server's: as if it were
      // none.)
      case NGTCP2_CRYPTO_ERR_VERIFY_TOKEN: return {Verdict::invalid, {}};
      default: return {};
    }
  }
  if (token[0] != NGTCP2_CRYPTO_TOKEN_MAGIC_REGULAR) return {};
  const int verified =
      ngtcp2_crypto_verify_regular_token(token.data(), token.size(), key.data(), key.size(), remote.raw(),
                                         remote.size(), kRegularLifetime, timestamp_of(now));
  return {verified == 0 ? Verdict::regular : Verdict::unknown, {}};
}

}  // namespace qp::transport

#include "transport/quic_packet.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace qp::transport {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr size_t kShortIdBytes = 8;

// The head of an Initial of version 1 with IDs of 8 and 4 bytes and a token of 3, padded to a datagram.
std::vector<unsigned char> initial(size_t size = 1200) {
  std::vector<unsigned char> packet = {0xc0, 0, 0, 0, 1, 8, 1, 2,   3,   4,   5,    6,   7,
                                       8,    4, 9, 9, 9, 9, 3, 'a', 'b', 'c', 0x44, 0x00};
  packet.resize(size);
  return packet;
}

const Address kClient = Address::parse("192.0.2.7", 4433).value();
const WallTime kNow{hours(24 * 365 * 50)};

TEST(QuicPacketTest, ReadsTheHeadOfAnInitial) {
  const auto packet = initial();

  const auto ids = decode_packet_ids(packet, kShortIdBytes);

  ASSERT_TRUE(ids);
  EXPECT_TRUE(ids->is_long);
  EXPECT_TRUE(ids->is_initial);
  EXPECT_EQ(ids->version, kQuicV1);
  EXPECT_EQ(ConnectionId(ids->destination), ConnectionId(Bytes(packet).subspan(6, 8)));
  EXPECT_EQ(ids->source.size(), 4u);
  EXPECT_EQ(std::string(ids->token.begin(), ids->token.end()), "abc");
}

TEST(QuicPacketTest, ReadsAShortHeader) {
  const std::array<unsigned char, 30> packet = {0x40, 1, 2, 3, 4, 5, 6, 7, 8};

  const auto ids = decode_packet_ids(packet, kShortIdBytes);

  ASSERT_TRUE(ids);
  EXPECT_FALSE(ids->is_long);
  EXPECT_EQ(ConnectionId(ids->destination), ConnectionId(Bytes(packet).subspan(1, 8)));
}

TEST(QuicPacketTest, EveryPrefixIsRefusedOrRead) {
  const auto whole = initial();
  for (size_t size = 0; size < 23; ++size)
    EXPECT_FALSE(decode_packet_ids(Bytes(whole).first(size), kShortIdBytes)) << size;
}

TEST(QuicPacketTest, TellsAVersionThatItDoesNotSpeak) {
  auto packet = initial();
  packet[4] = 0x77;

  const auto ids = decode_packet_ids(packet, kShortIdBytes);

  ASSERT_TRUE(ids);
  EXPECT_FALSE(is_version_supported(ids->version));
  EXPECT_FALSE(ids->is_initial);
}

TEST(QuicPacketTest, NegotiationOffersBothVersionsAndSwapsTheIds) {
  auto packet = initial();
  packet[4] = 0x77;
  const PacketIds ids = decode_packet_ids(packet, kShortIdBytes).value();
  std::array<unsigned char, 256> out;

  const size_t size = write_version_negotiation(out, ids, packet.size());

  ASSERT_EQ(size, 7u + 4 + 8 + 12);
  EXPECT_EQ(out[0] & 0x80, 0x80);
  EXPECT_EQ(std::string(out.begin() + 1, out.begin() + 5), std::string(4, '\0'));
  EXPECT_EQ(out[5], 4);
  EXPECT_EQ(out[10], 8);
  EXPECT_EQ(std::string(out.begin() + 23, out.begin() + 31),
            std::string("\x00\x00\x00\x01\x6b\x33\x43\xcf", 8));
}

TEST(QuicPacketTest, AShortDatagramIsNotWorthANegotiation) {
  auto packet = initial();
  packet[4] = 0x77;
  const PacketIds ids = decode_packet_ids(packet, kShortIdBytes).value();
  std::array<unsigned char, 256> out;

  EXPECT_EQ(write_version_negotiation(out, ids, 1199), 0u);
}

TEST(QuicPacketTest, ANegotiationIsNeverAnsweredWithOne) {
  auto packet = initial();
  packet[4] = 0;
  PacketIds ids = decode_packet_ids(packet, kShortIdBytes).value_or(PacketIds{});
  ids.is_long = true;
  std::array<unsigned char, 256> out;

  EXPECT_EQ(write_version_negotiation(out, ids, 1200), 0u);
}

TEST(QuicPacketTest, AStatelessResetIsShorterThanWhatItAnswers) {
  std::array<unsigned char, 256> out;
  const StatelessResetToken token = {1, 2, 3};

  EXPECT_EQ(write_stateless_reset(out, token, 0), 0u);
  EXPECT_EQ(write_stateless_reset(out, token, 21), 0u);
  EXPECT_EQ(write_stateless_reset(out, token, 22), 21u);
  EXPECT_EQ(write_stateless_reset(out, token, 1200), 43u);
  EXPECT_TRUE(std::equal(token.begin(), token.end(), out.begin() + 43 - 16));
  EXPECT_EQ(out[0] & 0xc0, 0x40);
}

TEST(QuicPacketTest, ARefusalIsAnInitialOfItsOwn) {
  const auto packet = initial();
  const PacketIds ids = decode_packet_ids(packet, kShortIdBytes).value();
  std::array<unsigned char, 256> out;

  const size_t size = write_initial_close(out, ids, Refusal::invalid_token);

  const auto answer = decode_packet_ids(Bytes(out).first(size), kShortIdBytes);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->is_initial);
  EXPECT_EQ(ConnectionId(answer->destination), ConnectionId(ids.source));
}

TEST(QuicPacketTest, ATooSmallBufferTakesNothing) {
  const auto packet = initial();
  const PacketIds ids = decode_packet_ids(packet, kShortIdBytes).value();
  std::array<unsigned char, 20> out;

  EXPECT_EQ(write_initial_close(out, ids, Refusal::connection_refused), 0u);
  EXPECT_EQ(write_retry(out, ids, ConnectionId(ids.source), ids.token), 0u);
  EXPECT_EQ(write_stateless_reset(out, {}, 1200), 0u);
}

TEST(QuicPacketTest, ARetryHasAnIdOfItsOwn) {
  const auto packet = initial();
  const PacketIds ids = decode_packet_ids(packet, kShortIdBytes).value();
  std::array<unsigned char, 256> out;

  EXPECT_EQ(write_retry(out, ids, ConnectionId(ids.destination), ids.token), 0u);
  EXPECT_GT(write_retry(out, ids, ConnectionId(ids.source), ids.token), 0u);
}

// Tokens: what a client brings back in its next Initial.
class TokenSealTest : public testing::Test {
 protected:
  PacketIds with_token(Bytes token) const {
    PacketIds ids;
    ids.version = kQuicV1;
    ids.destination = retry_id_.bytes();
    ids.token = token;
    return ids;
  }
  size_t seal_retry() { return seal_.seal_retry(token_, kQuicV1, kClient, retry_id_, original_id_, kNow); }

  TokenSeal seal_{Secret::random()};
  std::array<unsigned char, TokenSeal::kBytesMax> token_;
  const std::array<unsigned char, 8> retry_bytes_ = {8, 7, 6, 5, 4, 3, 2, 1};
  const ConnectionId retry_id_{retry_bytes_};
  const std::array<unsigned char, 10> original_bytes_ = {1, 1, 2, 3, 5, 8, 13, 21, 34, 55};
  const ConnectionId original_id_{original_bytes_};
};

TEST_F(TokenSealTest, ARetryTokenRemembersTheFirstDestination) {
  const size_t size = seal_retry();

  const auto opened = seal_.open(with_token(Bytes(token_).first(size)), kClient, kNow + seconds(9));

  EXPECT_EQ(opened.verdict, TokenSeal::Verdict::retry);
  EXPECT_EQ(opened.original_id, original_id_);
}

TEST_F(TokenSealTest, ARetryTokenIsForOneAddressAndTenSeconds) {
  const PacketIds ids = with_token(Bytes(token_).first(seal_retry()));

  EXPECT_EQ(seal_.open(ids, Address::parse("192.0.2.8", 4433).value(), kNow).verdict,
            TokenSeal::Verdict::invalid);
  EXPECT_EQ(seal_.open(ids, Address::parse("192.0.2.7", 4434).value(), kNow).verdict,
            TokenSeal::Verdict::invalid);
  EXPECT_EQ(seal_.open(ids, kClient, kNow + seconds(11)).verdict, TokenSeal::Verdict::invalid);
}

TEST_F(TokenSealTest, ARegularTokenIsForOneIpAndADay) {
  const PacketIds ids = with_token(Bytes(token_).first(seal_.seal_regular(token_, kClient, kNow)));

  EXPECT_EQ(seal_.open(ids, Address::parse("192.0.2.7", 9999).value(), kNow + hours(23)).verdict,
            TokenSeal::Verdict::regular);
  EXPECT_EQ(seal_.open(ids, Address::parse("192.0.2.8", 4433).value(), kNow).verdict,
            TokenSeal::Verdict::unknown);
  EXPECT_EQ(seal_.open(ids, kClient, kNow + hours(25)).verdict, TokenSeal::Verdict::unknown);
}

TEST_F(TokenSealTest, TokensOfEveryLengthAreRefusedInPeace) {
  const size_t size = seal_retry();
  for (size_t cut = 0; cut < size; ++cut) {
    const auto opened = seal_.open(with_token(Bytes(token_).first(cut)), kClient, kNow);
    EXPECT_NE(opened.verdict, TokenSeal::Verdict::retry) << cut;
  }
}

TEST_F(TokenSealTest, AnotherSecretReadsNothing) {
  const size_t size = seal_retry();

  const auto opened = TokenSeal(Secret::random()).open(with_token(Bytes(token_).first(size)), kClient, kNow);

  EXPECT_NE(opened.verdict, TokenSeal::Verdict::retry);
}

TEST_F(TokenSealTest, TokensOfAFormerSecretAreHonoured) {
  const Secret old = Secret::random();
  seal_ = TokenSeal(old);
  const size_t size = seal_retry();
  const TokenSeal after(Secrets(Secret::random(), std::span(&old, 1)));

  EXPECT_EQ(after.open(with_token(Bytes(token_).first(size)), kClient, kNow).verdict,
            TokenSeal::Verdict::retry);
}

}  // namespace
}  // namespace qp::transport

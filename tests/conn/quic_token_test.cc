#include "conn/quic_token.h"

#include <gtest/gtest.h>

#include <set>

namespace qp::conn {
namespace {

std::string text_of(const transport::ConnectionId& id) {
  return {reinterpret_cast<const char*>(id.data.data()), id.size};
}

TEST(QuicTokenTest, OpensToThePlaceThatMadeIt) {
  const transport::Secret secret = transport::Secret::random();
  QuicIdSealer maker(secret, {.generation = 7, .worker = 2}, 4);
  QuicIdSealer other(secret, {.generation = 8, .worker = 0}, 4);

  const auto place = other.open(maker.make_id().bytes());

  ASSERT_TRUE(place);
  EXPECT_EQ(*place, (QuicIdSealer::Place{7, 2}));
}

TEST(QuicTokenTest, LetsTheKernelSteerByItsFirstByte) {
  const transport::Secret secret = transport::Secret::random();
  for (const uint32_t workers : {1u, 2u, 3u, 7u, 64u, 255u, 256u}) {
    for (const uint32_t worker : {0u, workers / 2, workers - 1}) {
      QuicIdSealer sealer(secret, {.generation = 0, .worker = static_cast<uint16_t>(worker)}, workers);
      for (int i = 0; i < 20; ++i)
        EXPECT_EQ(sealer.make_id().data[0] % workers, worker);
    }
  }
}

TEST(QuicTokenTest, StillNamesItsWorkerWhereAByteCannot) {
  const transport::Secret secret = transport::Secret::random();
  QuicIdSealer sealer(secret, {.generation = 0, .worker = 299}, 300);

  EXPECT_EQ(sealer.open(sealer.make_id().bytes())->worker, 299);
}

TEST(QuicTokenTest, IsDifferentEveryTime) {
  QuicIdSealer sealer(transport::Secret::random(), {}, 1);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i)
    seen.insert(text_of(sealer.make_id()));

  EXPECT_EQ(seen.size(), 1000u);
}

TEST(QuicTokenTest, DoesNotOpenWhatAnotherSecretMade) {
  QuicIdSealer maker(transport::Secret::random(), {}, 1);
  QuicIdSealer other(transport::Secret::random(), {}, 1);

  EXPECT_FALSE(other.open(maker.make_id().bytes()));
}

TEST(QuicTokenTest, DoesNotOpenAnIdThatWasChangedOrCut) {
  QuicIdSealer sealer(transport::Secret::random(), {}, 1);
  const transport::ConnectionId id = sealer.make_id();
  for (size_t i = 0; i < id.size; ++i) {
    transport::ConnectionId changed = id;
    changed.data[i] ^= 1;
    EXPECT_FALSE(sealer.open(changed.bytes()));
  }
  for (size_t size = 0; size < id.size; ++size)
    EXPECT_FALSE(sealer.open(id.bytes().first(size)));
}

TEST(QuicTokenTest, GivesTheSameResetTokenInEveryWorker) {
  const transport::Secret secret = transport::Secret::random();
  QuicIdSealer one(secret, {.generation = 0, .worker = 0}, 2);
  QuicIdSealer two(secret, {.generation = 1, .worker = 1}, 2);
  const transport::ConnectionId id = one.make_id();

  EXPECT_EQ(one.reset_token(id), two.reset_token(id));
  EXPECT_NE(one.reset_token(id), one.reset_token(two.make_id()));
}

}  // namespace
}  // namespace qp::conn

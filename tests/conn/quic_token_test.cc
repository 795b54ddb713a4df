#include "conn/quic_token.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace qp::conn {
namespace {

std::string text_of(const transport::ConnectionId& id) {
  return {reinterpret_cast<const char*>(id.data.data()), id.size};
}

TEST(QuicTokenTest, OpensToThePlaceThatMadeIt) {
  const QuicIdentity identity{transport::Secret::random()};
  QuicIdSealer maker(identity, {.generation = 7, .worker = 2}, 4);
  QuicIdSealer other(identity, {.generation = 8, .worker = 0}, 4);

  const auto place = other.open(maker.make_id().bytes());

  ASSERT_TRUE(place);
  EXPECT_EQ(*place, (QuicIdSealer::Place{7, 2}));
}

TEST(QuicTokenTest, LetsTheKernelSteerByItsFirstByte) {
  const QuicIdentity identity{transport::Secret::random()};
  for (const uint32_t workers : {1u, 2u, 3u, 7u, 64u, 255u, 256u}) {
    for (const uint32_t worker : {0u, workers / 2, workers - 1}) {
      QuicIdSealer sealer(identity, {.generation = 0, .worker = static_cast<uint16_t>(worker)}, workers);
      for (int i = 0; i < 20; ++i)
        EXPECT_EQ(sealer.make_id().data[0] % workers, worker);
    }
  }
}

TEST(QuicTokenTest, StillNamesItsWorkerWhereAByteCannot) {
  const QuicIdentity identity{transport::Secret::random()};
  QuicIdSealer sealer(identity, {.generation = 0, .worker = 299}, 300);

  EXPECT_EQ(sealer.open(sealer.make_id().bytes())->worker, 299);
}

TEST(QuicTokenTest, IsDifferentEveryTime) {
  QuicIdSealer sealer({transport::Secret::random()}, {}, 1);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i)
    seen.insert(text_of(sealer.make_id()));

  EXPECT_EQ(seen.size(), 1000u);
}

TEST(QuicTokenTest, DoesNotOpenWhatAnotherSecretMade) {
  QuicIdSealer maker({transport::Secret::random()}, {}, 1);
  QuicIdSealer other({transport::Secret::random()}, {}, 1);

  EXPECT_FALSE(other.open(maker.make_id().bytes()));
}

TEST(QuicTokenTest, DoesNotOpenAnIdThatWasChangedOrCut) {
  QuicIdSealer sealer({transport::Secret::random()}, {}, 1);
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
  const QuicIdentity identity{transport::Secret::random()};
  QuicIdSealer one(identity, {.generation = 0, .worker = 0}, 2);
  QuicIdSealer two(identity, {.generation = 1, .worker = 1}, 2);
  const transport::ConnectionId id = one.make_id();

  EXPECT_EQ(one.reset_token(id), two.reset_token(id));
  EXPECT_NE(one.reset_token(id), one.reset_token(two.make_id()));
}

TEST(QuicTokenTest, OpensAndResetsWhatAFormerSecretMade) {
  const transport::Secret old = transport::Secret::random();
  const transport::Secret young = transport::Secret::random();
  QuicIdSealer before({old}, {.generation = 0, .worker = 1}, 2);
  QuicIdSealer after({transport::Secrets(young, std::span(&old, 1))}, {.generation = 0, .worker = 0}, 2);
  const transport::ConnectionId id = before.make_id();

  EXPECT_EQ(after.open(id.bytes()), before.place());
  EXPECT_EQ(after.reset_token(id), before.reset_token(id));
  EXPECT_FALSE(before.open(after.make_id().bytes()));
}

constexpr transport::BlockCipher::Block kBalancerKey = {1, 2,  3,  4,  5,  6,  7,  8,
                                                        9, 10, 11, 12, 13, 14, 15, 16};

QuicIdentity routable(std::vector<unsigned char> server_id, bool is_encrypted) {
  QuicIdentity identity{transport::Secret::random()};
  identity.routing.server_id = std::move(server_id);
  identity.routing.config_id = 5;
  if (is_encrypted) identity.routing.key = kBalancerKey;
  return identity;
}

TEST(RoutableIdTest, ShowsItsServerIdInTheOpen) {
  for (size_t size = 1; size <= RoutableIds::kServerIdBytesMax; ++size) {
    QuicIdSealer sealer(routable(std::vector<unsigned char>(size, 0xab), false), {}, 1);
    const transport::ConnectionId id = sealer.make_id();

    ASSERT_EQ(id.size, 1 + size + 16);
    EXPECT_EQ(id.data[0], 5 << 5 | (size + 16));
    EXPECT_EQ(id.data[1], 0xab);
    EXPECT_EQ(id.data[size], 0xab);
  }
}

TEST(RoutableIdTest, IsReadByWhoeverHasTheBalancersKey) {
  QuicIdSealer sealer(routable({0x0a, 0x01}, true), {}, 1);
  const transport::ConnectionId id = sealer.make_id();
  transport::BlockCipher balancer(kBalancerKey);
  transport::BlockCipher::Block block;
  std::ranges::copy(id.bytes().last(block.size()), block.begin());

  balancer.decrypt(block);

  ASSERT_EQ(id.size, 17);
  EXPECT_EQ(id.data[0], 5 << 5 | 16);
  EXPECT_EQ(block[0], 0x0a);
  EXPECT_EQ(block[1], 0x01);
}

TEST(RoutableIdTest, StillNamesItsWorkerToTheKernelAndToOthers) {
  for (const bool is_encrypted : {false, true}) {
    const QuicIdentity identity = routable({1, 2, 3}, is_encrypted);
    QuicIdSealer maker(identity, {.generation = 4, .worker = 2}, 3);
    QuicIdSealer other(identity, {.generation = 4, .worker = 0}, 3);
    for (int i = 0; i < 20; ++i) {
      const transport::ConnectionId id = maker.make_id();
      EXPECT_EQ(id.size, id_bytes(identity.routing));
      EXPECT_EQ(id.data[steering_byte(identity.routing) - 1] % 3, 2);
      EXPECT_EQ(other.open(id.bytes()), maker.place());
      EXPECT_EQ(other.reset_token(id), maker.reset_token(id));
    }
  }
}

}  // namespace
}  // namespace qp::conn

#include "transport/secret.h"

#include <gtest/gtest.h>

namespace qp::transport {
namespace {

TEST(SecretTest, TheSameMaterialAndNameGiveTheSameKey) {
  const Secret one(bytes_of("correct horse"));
  const Secret two(bytes_of("correct horse"));

  EXPECT_EQ(one.derive<32>("tokens"), two.derive<32>("tokens"));
}

TEST(SecretTest, AnotherNameOrMaterialGivesAnotherKey) {
  const Secret secret(bytes_of("correct horse"));

  EXPECT_NE(secret.derive<32>("tokens"), secret.derive<32>("resets"));
  EXPECT_NE(secret.derive<32>("tokens"), Secret(bytes_of("battery staple")).derive<32>("tokens"));
}

TEST(SecretTest, RandomSecretsDiffer) {
  EXPECT_NE(Secret::random().derive<16>("x"), Secret::random().derive<16>("x"));
}

TEST(SecretTest, RandomBytesAreFilledIn) {
  std::array<unsigned char, 32> bytes{};

  fill_random(bytes);

  EXPECT_NE(bytes, (std::array<unsigned char, 32>{}));
}

// FIPS 197, appendix B.
TEST(BlockCipherTest, EncryptsTheStandardsExample) {
  const BlockCipher::Block key = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
                                  0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c};
  const BlockCipher::Block plain = {0x32, 0x43, 0xf6, 0xa8, 0x88, 0x5a, 0x30, 0x8d,
                                    0x31, 0x31, 0x98, 0xa2, 0xe0, 0x37, 0x07, 0x34};
  const BlockCipher::Block secret = {0x39, 0x25, 0x84, 0x1d, 0x02, 0xdc, 0x09, 0xfb,
                                     0xdc, 0x11, 0x85, 0x97, 0x19, 0x6a, 0x0b, 0x32};
  BlockCipher cipher(key);
  BlockCipher::Block block = plain;

  cipher.encrypt(block);
  EXPECT_EQ(block, secret);
  cipher.decrypt(block);
  EXPECT_EQ(block, plain);
}

}  // namespace
}  // namespace qp::transport

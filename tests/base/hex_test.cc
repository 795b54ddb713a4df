#include "base/hex.h"

#include <gtest/gtest.h>

namespace qp {
namespace {

using Bytes = std::vector<unsigned char>;

TEST(HexTest, DecodesDigitsOfEitherCase) {
  EXPECT_EQ(decode_hex("00fFa1"), (Bytes{0x00, 0xff, 0xa1}));
  EXPECT_EQ(decode_hex(""), Bytes{});
}

TEST(HexTest, TakesNothingElse) {
  for (const char* text : {"0", "000", "0g", "-1", "+1", " 1", "1 ", "0x12"})
    EXPECT_FALSE(decode_hex(text)) << text;
}

}  // namespace
}  // namespace qp

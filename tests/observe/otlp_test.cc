#include "observe/otlp.h"

#include <gtest/gtest.h>

#include "support/span_sample.h"

namespace qp::observe {
namespace {

// What Python's protobuf makes of the same message.
constexpr std::string_view kExpected =
    "0a88020a450a160a0c736572766963652e6e616d6512060a04656467650a180a0f736572766963652e76657273696f6e"
    "12050a03312e320a110a0b70726f636573732e7069641202180712be010a110a0a717569632d70726f78791203312e32"
    "12a8010a100102030405060708090a0b0c0d0e0f10120821222324252627281a03763d31220831323334353637382a06"
    "474554202f6130023901ca9a3b0000000041025ed0b2000000004a100a0875726c2e7061746812040a022f614a200a19"
    "687474702e726573706f6e73652e7374617475735f636f6465120318f7035a2709009435770000000012057265747279"
    "1a150a0a6572726f722e7479706512070a0572657365747a021802";

TEST(OtlpTest, SaysWhatOthersSay) {
  const Span span = test::sample_span();

  EXPECT_EQ(test::to_hex(encode_otlp(test::sample_source(), {&span, 1})), kExpected);
}

TEST(OtlpTest, GivesARootNoParent) {
  Span span = test::sample_span();
  span.parent_span_id = 0;

  const std::string hex = test::to_hex(encode_otlp(test::sample_source(), {&span, 1}));

  EXPECT_EQ(hex.find("3132333435363738"), std::string::npos);
  EXPECT_EQ(hex.size(), kExpected.size() - 20);
}

}  // namespace
}  // namespace qp::observe

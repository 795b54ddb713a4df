#include "observe/trace_fields.h"

#include <gtest/gtest.h>

#include <string>

namespace qp::observe {
namespace {

constexpr TraceId kTrace{.high = 0x4bf92f3577b34da6, .low = 0xa3ce929d0e0e4736};
constexpr uint64_t kSpan = 0x00f067aa0ba902b7;

http::Headers fields_of(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  http::Headers headers;
  for (const auto& [name, value] : fields)
    headers.add(name, value);
  return headers;
}

TEST(TraceparentTest, ReadsTraceSpanAndDecision) {
  const TraceParent sampled{.trace_id = kTrace, .span_id = kSpan, .is_sampled = true};
  const TraceParent other{.trace_id = kTrace, .span_id = kSpan, .is_sampled = false};

  EXPECT_EQ(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), sampled);
  EXPECT_EQ(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"), other);
  EXPECT_EQ(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe"), other);
  EXPECT_EQ(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff"), sampled);
}

TEST(TraceparentTest, ReadsTheFirstPartsOfALaterVersion) {
  const TraceParent parent{.trace_id = kTrace, .span_id = kSpan, .is_sampled = true};

  EXPECT_EQ(parse_traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), parent);
  EXPECT_EQ(parse_traceparent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes"), parent);
  EXPECT_FALSE(parse_traceparent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what-comes"));
}

TEST(TraceparentTest, RefusesEverythingElse) {
  for (const char* text :
       {"", "00", "00-", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",  // version 00 ends here
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
        "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
        " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}) {
    EXPECT_FALSE(parse_traceparent(text)) << text;
  }
}

TEST(TraceparentTest, IsWrittenAsItIsRead) {
  EXPECT_EQ(view_of(traceparent_text(kTrace, kSpan, true)),
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  EXPECT_EQ(view_of(traceparent_text({.high = 0, .low = 1}, 1, false)),
            "00-00000000000000000000000000000001-0000000000000001-00");
}

TEST(B3Test, ReadsTheOneHeader) {
  const TraceParent undecided{.trace_id = kTrace, .span_id = kSpan};
  TraceParent sampled = undecided;
  sampled.is_sampled = true;
  TraceParent other = undecided;
  other.is_sampled = false;

  EXPECT_EQ(parse_b3("4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"), undecided);
  EXPECT_EQ(parse_b3("4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1"), sampled);
  EXPECT_EQ(parse_b3("4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-d"), sampled);
  EXPECT_EQ(parse_b3("4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0"), other);
  EXPECT_EQ(parse_b3("4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0-05e3ac9a4f6e3b90"), other);
}

TEST(B3Test, ReadsAShortTraceIdentifier) {
  const auto parent = parse_b3("a3ce929d0e0e4736-00f067aa0ba902b7-1");

  ASSERT_TRUE(parent);
  EXPECT_EQ(parent->trace_id, (TraceId{.high = 0, .low = 0xa3ce929d0e0e4736}));
}

TEST(B3Test, RefusesEverythingElse) {
  for (const char* text :
       {"", "0", "1", "d", "-", "4bf92f3577b34da6a3ce929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4736-",
        "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b",
        "00000000000000000000000000000000-00f067aa0ba902b7",
        "4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-1",
        "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-", "a3ce929d0e0e4736-00f067aa0ba902b7-x",
        "a3ce929d0e0e4736-00f067aa0ba902b7-1-", "a3ce929d0e0e4736-00f067aa0ba902b7-1-zz",
        "a3ce929d0e0e4736-00f067aa0ba902b7-1-05e3ac9a4f6e3b90-"}) {
    EXPECT_FALSE(parse_b3(text)) << text;
  }
}

TEST(B3Test, ReadsTheSeveralHeaders) {
  const auto read = [](std::string_view sampled, std::string_view flags) {
    http::Headers fields = fields_of({{"X-B3-TraceId", "4bf92f3577b34da6a3ce929d0e0e4736"},
                                      {"X-B3-SpanId", "00f067aa0ba902b7"},
                                      {"X-B3-ParentSpanId", "05e3ac9a4f6e3b90"}});
    if (!sampled.empty()) fields.add("X-B3-Sampled", sampled);
    if (!flags.empty()) fields.add("X-B3-Flags", flags);
    return parse_b3_multi(fields);
  };

  ASSERT_TRUE(read("", ""));
  EXPECT_EQ(read("", "")->trace_id, kTrace);
  EXPECT_EQ(read("", "")->span_id, kSpan);
  EXPECT_EQ(read("", "")->is_sampled, std::nullopt);
  EXPECT_EQ(read("1", "")->is_sampled, true);
  EXPECT_EQ(read("false", "")->is_sampled, false);
  EXPECT_EQ(read("0", "1")->is_sampled, true);
  EXPECT_FALSE(parse_b3_multi(fields_of({{"X-B3-Sampled", "1"}})));
}

TEST(B3Test, IsWrittenAsItIsRead) {
  EXPECT_EQ(view_of(b3_text(kTrace, kSpan, true)), "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1");
}

TEST(TracestateTest, JoinsItsFieldsInOrder) {
  EXPECT_EQ(tracestate_of(fields_of({{"tracestate", "rojo=00f067aa0ba902b7 , "},
                                     {"accept", "*/*"},
                                     {"tracestate", "fw529a3039@dt=FfAa;bb:1"}})),
            "rojo=00f067aa0ba902b7,fw529a3039@dt=FfAa;bb:1");
  EXPECT_EQ(tracestate_of(fields_of({})), "");
}

TEST(TracestateTest, IsForgottenIfAnyOfItIsNotWellFormed) {
  for (const char* bad : {"a", "=1", "a=", "A=1", "a=1=2", "_a=1", "a b=1", "a=\x7f", "a=\xc3\xa4"}) {
    EXPECT_EQ(tracestate_of(fields_of({{"tracestate", "good=1"}, {"tracestate", bad}})), "") << bad;
  }
}

TEST(TracestateTest, HasAtMost32Members) {
  std::string list = "a0=1";
  for (int i = 1; i < 32; ++i)
    list += ",a" + std::to_string(i) + "=1";
  EXPECT_EQ(tracestate_of(fields_of({{"tracestate", list}})), list);

  EXPECT_EQ(tracestate_of(fields_of({{"tracestate", list + ",b=1"}})), "");
}

TEST(TracestateTest, LosesWholeMembersWhereItIsTooLong) {
  const std::string longest = "long=" + std::string(124, 'x');  // 129 bytes
  const std::string half = "half=" + std::string(100, 'y');
  std::string list = longest;
  for (int i = 0; i < 5; ++i)
    list += "," + half;  // 129 + 5 * 106 bytes

  const std::string state = tracestate_of(fields_of({{"tracestate", list}}));

  EXPECT_EQ(state, half + "," + half + "," + half + "," + half);
  EXPECT_LE(state.size(), kTracestateBytesMax);
}

TEST(TracestateTest, KeepsWhatJustFits) {
  const std::string list = "a=" + std::string(253, 'x') + ",b=" + std::string(254, 'y');
  ASSERT_EQ(list.size(), kTracestateBytesMax);

  EXPECT_EQ(tracestate_of(fields_of({{"tracestate", list}})), list);
}

}  // namespace
}  // namespace qp::observe

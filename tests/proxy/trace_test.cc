#include "proxy/trace.h"

#include <gtest/gtest.h>

#include <string>

#include "observe/trace_fields.h"

namespace qp::proxy {
namespace {

using config::Propagation;

constexpr const char* kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

class TraceTest : public testing::Test {
 protected:
  TraceTest() { wanted_.enabled = true; }

  observe::TraceContext join() {
    trace_.join(fields_, wanted_, random_);
    return trace_.context(fields_);
  }
  std::string_view field(std::string_view name) const { return fields_.find(name).value_or("(none)"); }

  http::Headers fields_;
  config::Tracing wanted_;
  Random random_{1};
  Trace trace_;
};

TEST_F(TraceTest, GoesOnWithTheTraceOfTheClient) {
  fields_.add("traceparent", kParent);
  fields_.add("tracestate", "a=1");
  fields_.add("tracestate", "b=2");

  const observe::TraceContext context = join();

  EXPECT_EQ(context.trace_id, (observe::TraceId{0x4bf92f3577b34da6, 0xa3ce929d0e0e4736}));
  EXPECT_EQ(context.parent_span_id, 0x00f067aa0ba902b7u);
  EXPECT_NE(context.span_id, 0u);
  EXPECT_NE(context.span_id, context.parent_span_id);
  EXPECT_TRUE(context.is_sampled);
  EXPECT_EQ(context.state, "a=1,b=2");
  EXPECT_EQ(fields_.count(http::Name::tracestate), 1u);
}

TEST_F(TraceTest, FollowsTheDecisionOfTheClientWhateverTheRatio) {
  wanted_.sample_ratio = 1;
  fields_.add("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");

  EXPECT_FALSE(join().is_sampled);
}

TEST_F(TraceTest, BeginsATraceWhereThereIsNone) {
  const observe::TraceContext context = join();

  EXPECT_TRUE(context.is_present());
  EXPECT_EQ(context.parent_span_id, 0u);
  EXPECT_TRUE(context.is_sampled);
}

TEST_F(TraceTest, BeginsATraceWhereTheClientsCannotBeReadAndDropsItsState) {
  fields_.add("traceparent", "00-00000000000000000000000000000000-00f067aa0ba902b7-01");
  fields_.add("tracestate", "a=1");

  const observe::TraceContext context = join();

  EXPECT_EQ(context.parent_span_id, 0u);
  EXPECT_EQ(context.state, "");
  EXPECT_FALSE(fields_.has(http::Name::tracestate));
}

TEST_F(TraceTest, BelievesNeitherOfTwoParents) {
  fields_.add("traceparent", kParent);
  fields_.add("traceparent", kParent);

  EXPECT_EQ(join().parent_span_id, 0u);
}

TEST_F(TraceTest, ChoosesTheShareThatIsAskedFor) {
  wanted_.sample_ratio = 0.25;
  int sampled = 0;
  for (int i = 0; i < 4000; ++i) {
    Trace trace;
    http::Headers fields;
    trace.join(fields, wanted_, random_);
    if (trace.context(fields).is_sampled) ++sampled;
  }

  EXPECT_GT(sampled, 850);
  EXPECT_LT(sampled, 1150);
}

TEST_F(TraceTest, TellsTheBackendWhichSpanAsks) {
  fields_.add("traceparent", kParent);
  join();
  const uint64_t first = trace_.new_span_id(random_);
  const uint64_t second = trace_.new_span_id(random_);

  trace_.tell(fields_, first);
  trace_.tell(fields_, second);

  EXPECT_NE(first, second);
  ASSERT_EQ(fields_.count(http::Name::traceparent), 1u);
  const auto told = observe::parse_traceparent(field("traceparent"));
  ASSERT_TRUE(told);
  EXPECT_EQ(told->trace_id, (observe::TraceId{0x4bf92f3577b34da6, 0xa3ce929d0e0e4736}));
  EXPECT_EQ(told->span_id, second);
  EXPECT_EQ(told->is_sampled, true);
}

TEST_F(TraceTest, LeavesEverythingAloneWhenTracingIsOff) {
  wanted_.enabled = false;
  fields_.add("traceparent", kParent);
  fields_.add("tracestate", "not a state");

  EXPECT_FALSE(join().is_present());
  EXPECT_EQ(trace_.new_span_id(random_), 0u);
  trace_.tell(fields_, 1);

  EXPECT_EQ(field("traceparent"), kParent);
  EXPECT_EQ(field("tracestate"), "not a state");
}

TEST_F(TraceTest, LeavesFieldsAloneThatAreNotListed) {
  wanted_.propagation = {Propagation::b3};
  fields_.add("traceparent", kParent);
  fields_.add("tracestate", "a=1");

  EXPECT_EQ(join().parent_span_id, 0u);
  trace_.tell(fields_, 7);

  EXPECT_EQ(field("traceparent"), kParent);
  EXPECT_EQ(field("tracestate"), "a=1");
  EXPECT_TRUE(field("b3").ends_with("-0000000000000007-1")) << field("b3");
}

TEST_F(TraceTest, ReadsB3AndTellsItInTheSameForm) {
  wanted_.propagation = {Propagation::tracecontext, Propagation::b3};
  wanted_.sample_ratio = 0;
  fields_.add("X-B3-TraceId", "a3ce929d0e0e4736");
  fields_.add("X-B3-SpanId", "00f067aa0ba902b7");
  fields_.add("X-B3-Flags", "1");

  const observe::TraceContext context = join();
  trace_.tell(fields_, 9);

  EXPECT_EQ(context.parent_span_id, 0x00f067aa0ba902b7u);
  EXPECT_TRUE(context.is_sampled);
  EXPECT_EQ(field("x-b3-traceid"), "0000000000000000a3ce929d0e0e4736");
  EXPECT_EQ(field("x-b3-spanid"), "0000000000000009");
  EXPECT_EQ(field("x-b3-sampled"), "1");
  EXPECT_EQ(field("x-b3-flags"), "(none)");
  EXPECT_EQ(field("b3"), "(none)");
  EXPECT_EQ(field("traceparent"), "00-0000000000000000a3ce929d0e0e4736-0000000000000009-01");
}

TEST_F(TraceTest, DecidesByItselfWhereB3LeavesItOpen) {
  wanted_.propagation = {Propagation::b3};
  wanted_.sample_ratio = 0;
  fields_.add("b3", "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7");

  EXPECT_FALSE(join().is_sampled);
}

}  // namespace
}  // namespace qp::proxy

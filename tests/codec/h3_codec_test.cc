#include "codec/h3_codec.h"

#include <gtest/gtest.h>

#include "support/h3_pair.h"
#include "support/pattern.h"

namespace qp::codec {
namespace {

using test::H3Pair;
using test::StreamEnd;

http::Headers fields_of(std::initializer_list<std::pair<std::string_view, std::string_view>> list) {
  http::Headers fields;
  for (const auto& [name, value] : list)
    fields.add(name, value);
  return fields;
}

// Without a dynamic table no encoder stream comes between what a test sends and what it looks for.
H3Settings plain_settings() {
  H3Settings settings;
  settings.qpack.encoder_table_bytes = 0;
  return settings;
}

// Answers with the request's body.
void echo(StreamEnd& end) {
  end.respond(200, {}, &end.outgoing);
}

void carry_echo(StreamEnd& end) {
  while (true) {
    Slice slice = end.incoming.take_slice(UINT32_MAX);
    if (slice.empty()) break;
    end.outgoing.push(std::move(slice));
  }
  if (end.incoming.is_finished() && !end.outgoing.is_ended()) end.outgoing.end();
  end.stream.credit(end.incoming.take_credit());
  end.stream.wake();
}

TEST(H3CodecTest, CarriesARequestAndItsResponseHoweverTheyAreCut) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    H3Pair pair(seed);
    http::RequestHead head = H3Pair::post("/a?b=c");
    head.fields = fields_of({{"accept", "*/*"}, {"cookie", "a=1; b=2"}});
    StreamEnd& request = pair.open(head, true);
    request.send("hello");
    request.end();
    pair.run();

    ASSERT_EQ(pair.server.acceptor.ends.size(), 1u);
    StreamEnd& served = pair.server.acceptor.last();
    const http::RequestHead& seen = *served.stream.in.request;
    EXPECT_EQ(seen.method, "POST");
    EXPECT_EQ(seen.scheme, "https");
    EXPECT_EQ(seen.authority, "example.com");
    EXPECT_EQ(seen.path, "/a?b=c");
    EXPECT_EQ(seen.fields.find("cookie"), "a=1; b=2");
    EXPECT_EQ(served.take_all(), "hello");
    EXPECT_TRUE(served.stream.in.ended);

    served.respond(200, fields_of({{"content-type", "text/plain"}}), &served.outgoing);
    served.send("good day");
    served.end();
    pair.run();

    EXPECT_EQ(request.stream.in.response->status, 200);
    EXPECT_EQ(request.stream.in.response->fields.find("content-type"), "text/plain");
    EXPECT_EQ(request.take_all(), "good day");
    EXPECT_TRUE(request.stream.in.ended);
    EXPECT_FALSE(request.stream.in.fault);
    EXPECT_FALSE(pair.client.codec.failure());
    EXPECT_FALSE(pair.server.codec.failure());
  }
}

TEST(H3CodecTest, CarriesLargeBodiesBothWaysAndGivesAllCreditBack) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    H3Pair pair(seed);
    const std::string body = test::pattern(300'000, seed);
    pair.server.acceptor.on_accept = echo;
    StreamEnd& request = pair.open(H3Pair::post(), true);
    request.send(body);
    request.end();
    std::string back;
    for (int i = 0; i < 1000 && !request.stream.in.ended; ++i) {
      pair.run();
      carry_echo(pair.server.acceptor.last());
      pair.run();
      back += request.take_all();
    }
    back += request.take_all();

    EXPECT_EQ(back, body);
    pair.run();
    // Everything but the last bytes of each stream was content; all of it is credited in the end.
    EXPECT_GE(pair.server.connection_credit, body.size());
    EXPECT_GE(pair.client.connection_credit, body.size());
  }
}

TEST(H3CodecTest, KeepsTheWindowShutUntilContentIsUsed) {
  H3Pair pair;
  StreamEnd& request = pair.open(H3Pair::post(), true);
  request.send(std::string_view("0123456789"));
  pair.run();
  StreamEnd& served = pair.server.acceptor.last();
  const uint64_t before = pair.server.connection_credit;

  EXPECT_EQ(served.take(4), "0123");
  pair.run();

  EXPECT_EQ(pair.server.connection_credit, before + 4);
}

TEST(H3CodecTest, GivesTheConnectionItsCreditBackWhenAnOwnerLeaves) {
  H3Pair pair;
  StreamEnd& request = pair.open(H3Pair::post(), true);
  request.send("0123456789");
  pair.run();
  const uint64_t before = pair.server.connection_credit;

  pair.server.acceptor.last().stream.reset(http::Reason::cancelled);
  pair.run();

  EXPECT_EQ(pair.server.connection_credit, before + 10);
}

TEST(H3CodecTest, CarriesTrailersBothWays) {
  H3Pair pair;
  StreamEnd& request = pair.open(H3Pair::post(), true);
  request.send("x");
  request.outgoing.end(fields_of({{"checksum", "1"}}));
  request.stream.wake();
  pair.run();
  StreamEnd& served = pair.server.acceptor.last();
  EXPECT_EQ(served.take_all(), "x");
  ASSERT_NE(served.incoming.trailers(), nullptr);
  EXPECT_EQ(served.incoming.trailers()->find("checksum"), "1");

  served.respond(200, {}, &served.outgoing);
  served.outgoing.end(fields_of({{"grpc-status", "0"}}));
  served.stream.wake();
  pair.run();

  EXPECT_TRUE(request.stream.in.ended);
  ASSERT_NE(request.incoming.trailers(), nullptr);
  EXPECT_EQ(request.incoming.trailers()->find("grpc-status"), "0");
}

TEST(H3CodecTest, AcknowledgesThePeersTableOnlyTogetherWithSomethingElse) {
  H3Pair pair(1, plain_settings());
  constexpr int64_t kDecoderStream = 11;  // of the server
  http::RequestHead head = H3Pair::get();
  head.fields = fields_of({{"x-token", "a value worth a place in the table"}});
  for (int i = 0; i < 3; ++i) {  // the first puts it there; once that is acknowledged, others refer to it
    pair.open(head, false);
    pair.run();
    EXPECT_LT(pair.server.codec.next_chunk().id, 0);
    pair.server.acceptor.last().respond(200, {}, nullptr);
    if (i == 2) break;
    pair.run();
  }
  EXPECT_TRUE(pair.server.sent().contains(kDecoderStream));
}

TEST(H3CodecTest, AcknowledgesThePeersTableAloneWhenThereIsMuchToSay) {
  H3Pair pair(1, plain_settings());
  http::RequestHead head = H3Pair::get();
  head.fields = fields_of({{"x-token", "a value worth a place in the table"}});
  for (int i = 0; i < 2; ++i) {
    pair.open(head, false);
    pair.run();
    pair.server.acceptor.last().respond(200, {}, nullptr);
    pair.run();
  }
  const auto ask = [&](int requests) {
    for (int i = 0; i < requests; ++i)
      pair.open(head, false);
    while (true) {  // no answer, and nothing of the server's
      const std::map<int64_t, std::string> bytes = pair.client.sent();
      if (bytes.empty()) return;
      for (const auto& [id, text] : bytes)
        pair.server.codec.stream_data(id, test::h3_bytes(text), pair.client.fins.contains(id));
    }
  };
  ask(32);  // 64 bytes: IDs below 127 take one byte, the ones above it two
  EXPECT_LT(pair.server.codec.next_chunk().id, 0);
  ask(32);
  EXPECT_GE(pair.server.codec.next_chunk().id, 0);
}

TEST(H3CodecTest, CarriesInterimHeadsBeforeTheFinalOne) {
  H3Pair pair;
  StreamEnd& request = pair.open(H3Pair::get(), false);
  pair.run();
  StreamEnd& served = pair.server.acceptor.last();
  served.respond(103, fields_of({{"link", "</a>"}}), nullptr);
  served.respond(200, {}, nullptr);
  pair.run();

  ASSERT_EQ(request.stream.in.interim.size(), 1u);
  EXPECT_EQ(request.stream.in.interim[0].status, 103);
  EXPECT_EQ(request.stream.in.response->status, 200);
  EXPECT_TRUE(request.stream.in.ended);
}

TEST(H3CodecTest, AnswersHeadWithALengthAndNoContent) {
  H3Pair pair;
  http::RequestHead head = H3Pair::get();
  head.method = "HEAD";
  StreamEnd& request = pair.open(head, false);
  pair.run();
  pair.server.acceptor.last().respond(200, fields_of({{"content-length", "1000"}}), nullptr);
  pair.run();

  EXPECT_TRUE(request.stream.in.ended);
  EXPECT_FALSE(request.stream.in.fault);
}

TEST(H3CodecTest, TellsTheClientWhenTheServerResets) {
  H3Pair pair;
  StreamEnd& request = pair.open(H3Pair::get(), false);
  pair.run();
  StreamEnd& served = pair.server.acceptor.last();
  served.respond(200, {}, &served.outgoing);
  served.send("half");
  pair.run();
  served.stream.reset(http::Reason::internal);
  pair.run();

  ASSERT_TRUE(request.stream.in.fault);
  EXPECT_EQ(request.stream.in.fault->code, ErrorCode::reset);
  EXPECT_EQ(request.stream.in.fault->origin, Origin::upstream);
  EXPECT_EQ(pair.server.resets.at(0), 0x102u);
}

TEST(H3CodecTest, TellsTheServerWhenTheClientCancelsInAnyState) {
  for (int state = 0; state < 4; ++state) {
    H3Pair pair;
    StreamEnd& request = pair.open(H3Pair::post(), true);
    request.send("part");
    pair.run();
    StreamEnd& served = pair.server.acceptor.last();
    if (state >= 1) served.respond(200, {}, &served.outgoing);
    if (state >= 2) served.send("some of the answer");
    if (state >= 3) request.end();
    pair.run();

    request.stream.reset(http::Reason::cancelled);
    served.send("more");
    pair.run();

    ASSERT_TRUE(served.stream.in.fault) << state;
    EXPECT_EQ(served.stream.in.fault->code, ErrorCode::reset);
    EXPECT_EQ(served.stream.in.fault->origin, Origin::client);
    served.stream.detach();
    request.stream.detach();
    pair.run();
    EXPECT_TRUE(pair.server.codec.reap());
    EXPECT_TRUE(pair.client.codec.reap());
    EXPECT_EQ(pair.server.allowed, 1);
  }
}

TEST(H3CodecTest, DeliversWhatWasQueuedAfterItsOwnerHasLeft) {
  H3Pair pair(1, plain_settings());
  StreamEnd& request = pair.open(H3Pair::get(), false);
  pair.run();
  StreamEnd& served = pair.server.acceptor.last();
  served.respond(200, {}, &served.outgoing);
  served.send("all of it");
  served.end();
  (void)pair.server.codec.next_chunk();  // takes the pipe empty; nothing is sent yet
  served.stream.detach();
  pair.run();

  EXPECT_EQ(request.take_all(), "all of it");
  EXPECT_TRUE(request.stream.in.ended);
  EXPECT_TRUE(pair.server.codec.reap());
}

TEST(H3CodecTest, EndsAMessageWhoseOwnerLeavesWithTheEndUnseen) {
  H3Pair pair;
  StreamEnd& request = pair.open(H3Pair::get(), false);
  pair.run();
  StreamEnd& served = pair.server.acceptor.last();
  served.respond(200, {}, &served.outgoing);
  served.send("body");
  pair.run();
  served.outgoing.end();
  served.stream.detach();
  pair.run();

  EXPECT_EQ(request.take_all(), "body");
  EXPECT_TRUE(request.stream.in.ended);
}

TEST(H3CodecTest, StopsTheRestOfARequestThatWasAnsweredEarly) {
  H3Pair pair;
  StreamEnd& request = pair.open(H3Pair::post(), true);
  request.send("part");
  pair.run();
  StreamEnd& served = pair.server.acceptor.last();
  served.respond(413, {}, nullptr);
  pair.run();
  served.stream.detach();
  pair.run();

  EXPECT_EQ(pair.server.stops.at(0), 0x100u);
  EXPECT_FALSE(pair.server.resets.contains(0));
  EXPECT_EQ(request.stream.in.response->status, 413);
  EXPECT_TRUE(request.stream.in.ended);
}

TEST(H3CodecTest, KeepsAStreamReadableAfterTheConnectionIsGone) {
  H3Pair pair;
  StreamEnd& request = pair.open(H3Pair::get(), false);
  pair.run();
  StreamEnd& served = pair.server.acceptor.last();

  pair.server.codec.abort({ErrorCode::timed_out, Origin::client, "gone"});

  EXPECT_EQ(served.stream.in.fault->code, ErrorCode::timed_out);
  EXPECT_FALSE(pair.server.codec.reap());
  served.stream.detach();
  EXPECT_TRUE(pair.server.codec.reap());
  request.stream.detach();
}

TEST(H3CodecTest, ServesMoreUrgentStreamsFirst) {
  H3Pair pair(1, plain_settings());
  http::RequestHead low = H3Pair::get("/low");
  low.fields.add("priority", "u=6");
  http::RequestHead high = H3Pair::get("/high");
  high.fields.add("priority", "u=1");
  pair.open(low, false);
  pair.open(high, false);
  pair.run();
  for (auto& end : pair.server.acceptor.ends)
    end->respond(200, {}, nullptr);

  EXPECT_EQ(pair.server.codec.next_chunk().id, 4);
}

TEST(H3CodecTest, TakesTurnsAmongIncrementalStreams) {
  H3Pair pair(1, plain_settings());
  http::RequestHead head = H3Pair::get();
  head.fields.add("priority", "i");
  pair.open(head, false);
  pair.open(head, false);
  pair.run();
  const std::string body(100'000, 'x');
  for (auto& end : pair.server.acceptor.ends) {
    end->respond(200, {}, &end->outgoing);
    end->send(body);
  }
  std::set<int64_t> served;
  for (int i = 0; i < 2; ++i) {
    const H3Chunk chunk = pair.server.codec.next_chunk();
    pair.server.codec.taken(chunk.id, chunk.bytes);
    served.insert(chunk.id);
  }

  EXPECT_EQ(served, (std::set<int64_t>{0, 4}));
}

TEST(H3CodecTest, OffersNothingOfABlockedStream) {
  H3Pair pair(1, plain_settings());
  pair.open(H3Pair::get(), false);
  pair.run();
  pair.server.acceptor.last().respond(200, {}, nullptr);
  ASSERT_EQ(pair.server.codec.next_chunk().id, 0);

  pair.server.codec.blocked(0);
  EXPECT_EQ(pair.server.codec.next_chunk().id, -1);
  pair.server.codec.stream_unblocked(0);
  EXPECT_EQ(pair.server.codec.next_chunk().id, 0);
}

TEST(H3CodecTest, OpensNoMoreStreamsThanItIsAllowed) {
  H3Pair pair;
  pair.client.streams_left = 1;

  http::Stream* first = pair.client.codec.open();
  EXPECT_NE(first, nullptr);
  EXPECT_EQ(pair.client.codec.open(), nullptr);
  first->reset(http::Reason::cancelled);
}

TEST(H3CodecTest, TakesRequestsInWhateverOrderTheyCome) {
  H3Pair pair;
  for (const int64_t id : {8, 0, 4})
    pair.server.codec.stream_data(id, test::h3_bytes(test::h3_headers(test::h3_get())), true);

  EXPECT_EQ(pair.server.acceptor.ends.size(), 3u);
}

TEST(H3CodecTest, DrainsInTwoStepsAndRejectsLateRequests) {
  H3Pair pair;
  StreamEnd& first = pair.open(H3Pair::get("/first"), false);
  pair.run();
  pair.server.codec.drain();
  pair.run();
  EXPECT_TRUE(pair.client.codec.has_goaway());
  EXPECT_FALSE(pair.client.codec.is_open_for_more());
  EXPECT_FALSE(first.stream.in.fault);

  pair.server.codec.finish_drain();
  pair.server.codec.stream_data(4, test::h3_bytes(test::h3_headers(test::h3_get())), true);
  pair.server.note_orders();
  EXPECT_EQ(pair.server.resets.at(4), 0x10bu);
  EXPECT_EQ(pair.server.acceptor.ends.size(), 1u);

  pair.server.acceptor.last().respond(200, {}, nullptr);
  pair.run();
  EXPECT_TRUE(first.stream.in.ended);
  EXPECT_TRUE(pair.server.codec.is_idle());
}

TEST(H3CodecTest, LetsTheClientRepeatWhatAGoawayLeftOut) {
  H3Pair pair;
  pair.open(H3Pair::get(), false);
  pair.run();
  pair.server.codec.finish_drain();
  StreamEnd& late = pair.open(H3Pair::get("/late"), false);
  pair.run();

  ASSERT_TRUE(late.stream.in.fault);
  EXPECT_EQ(late.stream.in.fault->code, ErrorCode::refused);
}

}  // namespace
}  // namespace qp::codec

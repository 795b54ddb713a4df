#include <gtest/gtest.h>

#include <string>

#include "codec/h1_codec.h"
#include "support/codec_kit.h"

namespace qp::codec {
namespace {

using test::StreamEnd;

http::RequestHead make_request(std::string_view method = "GET") {
  http::RequestHead head;
  head.method = method;
  head.scheme = "http";
  head.authority = "backend:80";
  head.path = "/p?q";
  return head;
}

struct Client {
  explicit Client(H1Settings settings = {}, uint32_t incoming_bytes = 64 * 1024)
      : codec(Role::client, owner, nullptr, settings, peer), pipe_bytes(incoming_bytes) {}
  ~Client() {
    for (const auto& end : ends)
      end->stream.detach();
  }

  Result<> receive(std::string_view text) { return codec.receive(pool.copy(text)); }
  std::string written() { return test::written(codec); }
  StreamEnd& open() {
    ends.push_back(std::make_unique<StreamEnd>(*codec.open(), pipe_bytes));
    return *ends.back();
  }
  StreamEnd& get(std::string_view method = "GET") {
    StreamEnd& end = open();
    end.stream.send_head(make_request(method), nullptr);
    (void)written();
    return end;
  }
  // A request and its response, so that the next one is on a kept-alive connection.
  void use_once() {
    StreamEnd& end = get();
    EXPECT_TRUE(receive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    end.stream.detach();
    ends.clear();
    codec.reap();
  }

  BlockPool pool;
  test::FakeCodecOwner owner;
  http::Peer peer;
  H1Codec codec;
  uint32_t pipe_bytes;
  std::vector<std::unique_ptr<StreamEnd>> ends;
};

std::string sent(const http::RequestHead& head, std::string_view body = "", bool ends = true) {
  Client client;
  StreamEnd& end = client.open();
  end.outgoing.push(Slice::of_static(body));
  if (ends) end.outgoing.end();
  end.stream.send_head(head, body.empty() && ends ? nullptr : &end.outgoing);
  return client.written();
}

TEST(H1ClientTest, WritesARequest) {
  http::RequestHead head = make_request();
  head.fields.add("Accept", "*/*");
  EXPECT_EQ(sent(head), "GET /p?q HTTP/1.1\r\nhost: backend:80\r\naccept: */*\r\n\r\n");
}

TEST(H1ClientTest, FramesTheBodyByWhatIsKnown) {
  const std::string start = "POST /p?q HTTP/1.1\r\nhost: backend:80\r\n";
  http::RequestHead head = make_request("POST");
  EXPECT_EQ(sent(head), start + "content-length: 0\r\n\r\n");
  EXPECT_EQ(sent(head, "hello"), start + "content-length: 5\r\n\r\nhello");
  EXPECT_EQ(sent(head, "hello", false), start + "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
  head.fields.add("content-length", "9");
  EXPECT_EQ(sent(head, "hello", false), start + "content-length: 9\r\n\r\nhello");
  EXPECT_EQ(sent(head, "hello"), "") << "what can't be framed honestly isn't sent";
}

TEST(H1ClientTest, WritesOnlyFieldsThatBelongToTheMessage) {
  http::RequestHead head = make_request();
  for (const std::string_view name :
       {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "host"}) {
    head.fields.add(name, "x");
  }
  head.fields.add("te", "trailers");
  EXPECT_EQ(sent(head), "GET /p?q HTTP/1.1\r\nhost: backend:80\r\nte: trailers\r\nconnection: te\r\n\r\n");
}

TEST(H1ClientTest, WritesNothingThatWouldSplitTheRequest) {
  for (const std::string_view bad : {"/a b", "/a\r\nb", "/a#b", "/\x7f"}) {
    http::RequestHead head = make_request();
    head.path = bad;
    EXPECT_EQ(sent(head), "");
  }
  http::RequestHead head = make_request("GET / HTTP/1.1\r\nhost: x\r\n\r\nGET");
  EXPECT_EQ(sent(head), "");
  head = make_request();
  head.authority = "h\r\na: b";
  EXPECT_EQ(sent(head), "");
  head = make_request();
  head.fields.add("a", std::string_view("b\0c", 3));
  EXPECT_EQ(sent(head), "");
}

TEST(H1ClientTest, ReadsAResponseHoweverItsBytesCome) {
  for (const auto& pieces :
       test::cuts_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: x\r\nX: y\r\n\r\nhello")) {
    Client client;
    StreamEnd& end = client.get();
    ASSERT_TRUE(test::feed(client.codec, client.pool, pieces));

    EXPECT_EQ(end.stream.in.response->status, 200);
    EXPECT_EQ(end.stream.in.response->fields.size(), 1u);
    EXPECT_EQ(end.take_all(), "hello");
    EXPECT_TRUE(end.stream.in.ended);
    EXPECT_TRUE(client.codec.is_open_for_more());
    EXPECT_FALSE(client.codec.is_idle()) << "the owner still looks at the stream";
    end.stream.detach();
    EXPECT_TRUE(client.codec.is_idle());
  }
}

TEST(H1ClientTest, ReadsChunksAndTrailers) {
  for (const auto& pieces : test::cuts_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                          "3\r\nabc\r\n2\r\nde\r\n0\r\nSum: 5\r\n\r\n")) {
    Client client;
    StreamEnd& end = client.get();
    ASSERT_TRUE(test::feed(client.codec, client.pool, pieces));

    EXPECT_EQ(end.take_all(), "abcde");
    EXPECT_TRUE(end.stream.in.ended);
    EXPECT_EQ(end.incoming.trailers()->find("sum"), "5");
    EXPECT_TRUE(client.codec.is_open_for_more());
  }
}

TEST(H1ClientTest, ReadsUpToTheConnectionsEnd) {
  Client client;
  StreamEnd& end = client.get();
  ASSERT_TRUE(client.receive("HTTP/1.1 200 OK\r\n\r\nhello"));
  EXPECT_EQ(end.take_all(), "hello");
  EXPECT_FALSE(end.stream.in.ended);

  client.codec.receive_end();

  EXPECT_TRUE(end.stream.in.ended);
  EXPECT_FALSE(end.stream.in.fault);
  EXPECT_FALSE(client.codec.is_open_for_more());
  EXPECT_TRUE(client.codec.is_finished());
}

TEST(H1ClientTest, HandsOutWhatAFullPipeHeldBackBeforeTheConnectionsEnd) {
  Client client({}, 3);
  StreamEnd& end = client.get();
  ASSERT_TRUE(client.receive("HTTP/1.1 200 OK\r\n\r\nhello"));
  client.codec.receive_end();
  EXPECT_FALSE(client.codec.wants_input());
  EXPECT_FALSE(end.stream.in.ended);

  EXPECT_EQ(end.take_all(), "hello");

  EXPECT_TRUE(end.stream.in.ended);
  EXPECT_FALSE(end.stream.in.fault);
}

TEST(H1ClientTest, NeverTakesAShortBodyForAWholeOne) {
  for (const std::string_view text : {
           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhell",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhell\r\n0\r\n",
           "HTTP/1.1 200 OK\r\nContent-Le",
           "HTTP/1.1 100 Continue\r\n\r\n",
           "",
       }) {
    Client client;
    StreamEnd& end = client.get();
    ASSERT_TRUE(client.receive(text));
    client.codec.receive_end();
    ASSERT_TRUE(end.stream.in.fault) << text;
    EXPECT_EQ(end.stream.in.fault->code, ErrorCode::closed);
    EXPECT_EQ(end.stream.in.fault->origin, Origin::upstream);
    EXPECT_FALSE(end.stream.in.ended);
    EXPECT_FALSE(end.incoming.is_ended());
    EXPECT_TRUE(client.codec.is_finished());
  }
}

TEST(H1ClientTest, DoesNotSayRefusedOnceTheBackendMayHaveActed) {
  Client fresh;
  StreamEnd& first = fresh.get();
  fresh.codec.abort({ErrorCode::reset, Origin::upstream, "gone"});
  EXPECT_EQ(first.stream.in.fault->code, ErrorCode::reset);

  Client reused;
  reused.use_once();
  StreamEnd& second = reused.get();
  reused.codec.abort({ErrorCode::reset, Origin::upstream, "gone"});
  EXPECT_EQ(second.stream.in.fault->code, ErrorCode::reset);

  Client closed;
  closed.use_once();
  StreamEnd& last = closed.get();
  closed.codec.receive_end();
  EXPECT_EQ(last.stream.in.fault->code, ErrorCode::closed);

  Client slow;
  slow.use_once();
  StreamEnd& third = slow.get();
  slow.codec.abort({ErrorCode::timed_out, Origin::upstream, "slow"});
  EXPECT_EQ(third.stream.in.fault->code, ErrorCode::timed_out);
}

TEST(H1ClientTest, SaysRefusedWhenNothingWasWritten) {
  Client client;
  StreamEnd& end = client.open();
  end.stream.send_head(make_request(), nullptr);
  client.codec.abort({ErrorCode::reset, Origin::upstream, "gone"});
  EXPECT_EQ(end.stream.in.fault->code, ErrorCode::refused);
}

TEST(H1ClientTest, IsReusedOnlyAfterUnambiguousFraming) {
  const auto is_reusable_after = [](std::string_view response) {
    Client client;
    StreamEnd& end = client.get();
    (void)client.receive(response);
    EXPECT_TRUE(end.stream.in.ended) << response;
    return client.codec.is_open_for_more();
  };
  EXPECT_TRUE(is_reusable_after("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"));
  EXPECT_FALSE(is_reusable_after("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"));
  EXPECT_FALSE(is_reusable_after("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"));
  EXPECT_FALSE(is_reusable_after("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy"));
  EXPECT_FALSE(is_reusable_after("HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\n"));
}

TEST(H1ClientTest, TakesNoBytesThatNobodyAskedFor) {
  Client client;
  client.use_once();
  const Result<> received = client.receive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().origin, Origin::upstream);
  EXPECT_FALSE(client.codec.is_open_for_more());
  EXPECT_TRUE(client.codec.is_finished());
}

TEST(H1ClientTest, KnowsThatAHeadResponseHasNoBody) {
  Client client;
  StreamEnd& end = client.get("HEAD");
  ASSERT_TRUE(client.receive("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
  EXPECT_TRUE(end.stream.in.ended);
  EXPECT_TRUE(client.codec.is_open_for_more());
}

TEST(H1ClientTest, CollectsInterimHeads) {
  Client client;
  StreamEnd& end = client.get();
  ASSERT_TRUE(
      client.receive("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
                     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  ASSERT_EQ(end.stream.in.interim.size(), 2u);
  EXPECT_EQ(end.stream.in.interim[1].status, 103);
  EXPECT_EQ(end.stream.in.interim[1].fields.find("link"), "a");
  EXPECT_EQ(end.stream.in.response->status, 200);
}

TEST(H1ClientTest, BoundsInterimHeads) {
  for (const uint32_t heads : {2u, 3u}) {
    Client client({.interim_heads_max = 2});
    StreamEnd& end = client.get();
    Result<> received;
    for (uint32_t i = 0; i < heads; ++i)
      received = client.receive("HTTP/1.1 102 Processing\r\n\r\n");
    EXPECT_EQ(received.has_value(), heads == 2);
    EXPECT_EQ(end.stream.in.fault.has_value(), heads == 3);
  }
}

TEST(H1ClientTest, FaultsAStreamByAMalformedResponse) {
  Client client;
  StreamEnd& end = client.get();
  EXPECT_FALSE(client.receive("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"));
  EXPECT_EQ(end.stream.in.fault->code, ErrorCode::malformed);
  EXPECT_EQ(end.stream.in.fault->origin, Origin::upstream);
  EXPECT_EQ(client.written(), "");
  EXPECT_TRUE(client.codec.is_finished());
}

TEST(H1ClientTest, StopsSendingWhenItWasAnsweredEarly) {
  Client client;
  StreamEnd& end = client.open();
  end.stream.send_head(make_request("POST"), &end.outgoing);
  end.send("begin");
  (void)client.written();

  ASSERT_TRUE(client.receive("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"));

  EXPECT_EQ(end.stream.in.response->status, 413);
  EXPECT_TRUE(end.stream.in.ended);
  EXPECT_FALSE(end.stream.in.fault);
  end.send("more");
  EXPECT_EQ(client.written(), "");
  EXPECT_FALSE(client.codec.is_open_for_more());
  EXPECT_TRUE(client.codec.is_finished());
}

TEST(H1ClientTest, SendsOnWhileAnEarlyResponseIsStillComing) {
  Client client;
  StreamEnd& end = client.open();
  end.stream.send_head(make_request("POST"), &end.outgoing);
  (void)client.written();
  ASSERT_TRUE(client.receive("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"));
  end.send("x");
  end.end();
  EXPECT_EQ(client.written(), "1\r\nx\r\n0\r\n\r\n");
  ASSERT_TRUE(client.receive("0\r\n\r\n"));
  EXPECT_TRUE(client.codec.is_open_for_more());
}

TEST(H1ClientTest, IsDoneWithABodyOfKnownLengthAtItsLastByte) {
  Client client;
  StreamEnd& end = client.open();
  http::RequestHead head = make_request("POST");
  head.fields.add("content-length", "5");
  end.stream.send_head(head, &end.outgoing);
  end.send("hello");
  (void)client.written();
  ASSERT_TRUE(client.receive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_TRUE(client.codec.is_open_for_more());
}

TEST(H1ClientTest, BreaksOffWhenTheBodyIsNotAsLongAsSaid) {
  Client client;
  StreamEnd& end = client.open();
  http::RequestHead head = make_request("POST");
  head.fields.add("content-length", "5");
  end.stream.send_head(head, &end.outgoing);
  end.send("hell");
  EXPECT_TRUE(client.written().ends_with("hell"));
  end.end();
  EXPECT_EQ(client.written(), "");
  EXPECT_EQ(end.stream.in.fault->code, ErrorCode::internal);
  EXPECT_TRUE(client.codec.is_finished());
  EXPECT_TRUE(client.codec.is_cut_off());
}

TEST(H1ClientTest, BecomesATunnelWhenTheProtocolChanges) {
  Client client;
  StreamEnd& end = client.open();
  http::RequestHead head = make_request();
  head.protocol = "websocket";
  end.outgoing.push(Slice::of_static("too early"));
  end.stream.send_head(head, &end.outgoing);
  EXPECT_EQ(client.written(),
            "GET /p?q HTTP/1.1\r\nhost: backend:80\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");

  ASSERT_TRUE(client.receive(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nhi"));

  EXPECT_EQ(end.stream.in.response->status, 101);
  EXPECT_EQ(end.take_all(), "hi");
  EXPECT_EQ(client.written(), "too early");
  client.codec.receive_end();
  EXPECT_TRUE(end.stream.in.ended);
  end.end();
  (void)client.written();
  EXPECT_TRUE(client.codec.is_finished());
}

TEST(H1ClientTest, GoesOnWhenTheProtocolIsNotChanged) {
  Client client;
  StreamEnd& end = client.open();
  http::RequestHead head = make_request();
  head.protocol = "websocket";
  end.stream.send_head(head, &end.outgoing);
  (void)client.written();
  ASSERT_TRUE(client.receive("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno"));
  EXPECT_EQ(end.take_all(), "no");
  EXPECT_TRUE(end.stream.in.ended);
  EXPECT_TRUE(client.codec.is_open_for_more());
}

TEST(H1ClientTest, HoldsTheBackendBackWhileThePipeIsFull) {
  Client client({}, 4);
  StreamEnd& end = client.get();
  ASSERT_TRUE(
      client.receive("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n"));
  EXPECT_FALSE(client.codec.wants_input());
  EXPECT_EQ(end.incoming.ready(), 4u);
  EXPECT_EQ(end.take_all(), "hello world");
  EXPECT_TRUE(end.stream.in.ended);
  EXPECT_TRUE(client.codec.is_open_for_more());
}

TEST(H1ClientTest, BodyBytesAreNotCopied) {
  Client client;
  StreamEnd& end = client.get();
  const Slice read = client.pool.copy(std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
  ASSERT_TRUE(client.codec.receive(read));
  EXPECT_EQ(end.incoming.take_slice(5).data(), read.data() + read.size() - 5);
}

TEST(H1ClientTest, ForgetsARequestThatWasNeverSent) {
  Client client;
  client.open().stream.reset(http::Reason::cancelled);
  EXPECT_TRUE(client.codec.is_open_for_more());
  client.open().stream.detach();
  EXPECT_TRUE(client.codec.is_open_for_more());
  EXPECT_EQ(client.written(), "");
}

TEST(H1ClientTest, BreaksOffARequestThatNobodyWantsAnswered) {
  Client client;
  StreamEnd& end = client.get();
  end.stream.reset(http::Reason::cancelled);
  EXPECT_TRUE(client.codec.is_finished());
  EXPECT_FALSE(client.codec.is_open_for_more());
  EXPECT_EQ(client.codec.open(), nullptr);
}

TEST(H1ClientTest, DrainsAfterTheResponse) {
  Client client;
  StreamEnd& end = client.get();
  client.codec.drain();
  ASSERT_TRUE(client.receive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_TRUE(end.stream.in.ended);
  EXPECT_TRUE(client.codec.is_finished());
}

}  // namespace
}  // namespace qp::codec

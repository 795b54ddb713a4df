#include <gtest/gtest.h>

#include <string>

#include "support/h1_server.h"

namespace qp::codec {
namespace {

using Server = test::H1Server;
using test::StreamEnd;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

http::Headers make_fields(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  http::Headers made;
  for (const auto& [name, value] : fields)
    made.add(name, value);
  return made;
}

TEST(H1ServerTest, AcceptsARequestHoweverItsBytesCome) {
  for (const auto& pieces : test::cuts_of("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello")) {
    Server server;
    ASSERT_TRUE(test::feed(server.codec, server.pool, pieces));

    ASSERT_EQ(server.requests(), 1u);
    EXPECT_EQ(server.last().stream.in.request->path, "/p");
    EXPECT_EQ(server.last().stream.in.request->scheme, "http");
    EXPECT_EQ(server.last().stream.peer, &server.peer);
    EXPECT_EQ(server.last().take_all(), "hello");
    EXPECT_TRUE(server.last().stream.in.ended);
    EXPECT_TRUE(server.last().incoming.is_finished());
  }
}

TEST(H1ServerTest, ReadsChunksAndTrailersHoweverTheyCome) {
  for (const auto& pieces : test::cuts_of("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                                          "5\r\nhello\r\n00A;x=\"y\"\r\n, my world\r\n1 ;z\r\n!\r\n0\r\n"
                                          "Checksum: 42\r\nContent-Length: 7\r\n\r\n")) {
    Server server;
    ASSERT_TRUE(test::feed(server.codec, server.pool, pieces));

    EXPECT_EQ(server.last().take_all(), "hello, my world!");
    ASSERT_TRUE(server.last().stream.in.ended);
    ASSERT_NE(server.last().incoming.trailers(), nullptr);
    EXPECT_EQ(server.last().incoming.trailers()->find("checksum"), "42");
    EXPECT_EQ(server.last().incoming.trailers()->size(), 1u) << "framing has no place behind a body";
  }
}

TEST(H1ServerTest, SendsABodyOfKnownSizeWithItsLength) {
  Server server;
  ASSERT_TRUE(server.receive(kGet));
  EXPECT_EQ(server.answer("hello"), "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
  EXPECT_FALSE(server.codec.is_finished());
}

TEST(H1ServerTest, SendsABodyOfUnknownSizeInChunksWithTrailers) {
  Server server;
  ASSERT_TRUE(server.receive(kGet));
  server.last().respond(200, make_fields({{"a", "b"}}), &server.last().outgoing);
  EXPECT_EQ(server.written(), "HTTP/1.1 200 OK\r\na: b\r\ntransfer-encoding: chunked\r\n\r\n");

  server.last().send("hello, my friend!");
  EXPECT_EQ(server.written(), "11\r\nhello, my friend!\r\n");

  server.last().send("x");
  server.last().outgoing.end(make_fields({{"sum", "1"}}));
  EXPECT_EQ(server.written(), "1\r\nx\r\n0\r\nsum: 1\r\n\r\n");
  EXPECT_TRUE(server.codec.wants_input());
}

TEST(H1ServerTest, WritesTheSameBytesInWritesOfAnySize) {
  for (size_t bytes_max = 1; bytes_max < 40; ++bytes_max) {
    Server server;
    ASSERT_TRUE(server.receive(kGet));
    server.last().respond(200, {}, &server.last().outgoing);
    server.last().send("hello");
    EXPECT_EQ(test::written(server.codec, bytes_max),
              "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
    server.last().end();
    EXPECT_EQ(test::written(server.codec, bytes_max), "0\r\n\r\n");
  }
}

TEST(H1ServerTest, CountsTheBodyAgainstItsContentLength) {
  const auto respond = [](std::string_view body, bool ends) {
    Server server;
    EXPECT_TRUE(server.receive(kGet));
    server.last().respond(200, make_fields({{"content-length", "5"}}), &server.last().outgoing);
    (void)server.written();
    server.last().send(body);
    if (ends) server.last().end();
    const std::string text = server.written();
    EXPECT_EQ(server.codec.is_cut_off(), server.codec.is_finished());
    EXPECT_EQ(server.last().stream.in.fault.has_value(), server.codec.is_finished());
    return server.codec.is_finished() ? "cut off" : text;
  };
  EXPECT_EQ(respond("hello", true), "hello");
  EXPECT_EQ(respond("hell", false), "hell");
  EXPECT_EQ(respond("hell", true), "cut off");
  EXPECT_EQ(respond("hello!", false), "cut off");
}

TEST(H1ServerTest, SendsNoBodyToHeadNorWith204And304) {
  const auto respond = [](std::string_view request, uint16_t status) {
    Server server;
    EXPECT_TRUE(server.receive(request));
    server.last().outgoing.end();
    server.last().respond(status, make_fields({{"content-length", "5"}}), &server.last().outgoing);
    const std::string text = server.written();
    server.last().stream.detach();
    EXPECT_FALSE(server.codec.is_finished());
    EXPECT_TRUE(server.codec.is_idle());
    return text;
  };
  EXPECT_EQ(respond("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", 200),
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
  EXPECT_EQ(respond(kGet, 304), "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n");
  EXPECT_EQ(respond(kGet, 204), "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST(H1ServerTest, EndsTheBodyWithTheConnectionForHttp10) {
  Server server;
  ASSERT_TRUE(server.receive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  EXPECT_EQ(server.last().stream.version, http::Version::h1_0);
  server.last().respond(200, {}, &server.last().outgoing);
  server.last().send("hello");
  EXPECT_EQ(server.written(), "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello");
  EXPECT_FALSE(server.codec.is_finished());

  server.last().end();

  EXPECT_EQ(server.written(), "");
  EXPECT_TRUE(server.codec.is_finished());
  EXPECT_FALSE(server.codec.is_cut_off());
}

TEST(H1ServerTest, CutsAnHttp10BodyOffSoThatItDoesNotLookComplete) {
  Server server;
  ASSERT_TRUE(server.receive("GET / HTTP/1.0\r\n\r\n"));
  server.last().respond(200, {}, &server.last().outgoing);
  server.last().send("hello");
  (void)server.written();

  server.last().stream.reset(http::Reason::internal);

  EXPECT_TRUE(server.codec.is_finished());
  EXPECT_TRUE(server.codec.is_cut_off());
}

TEST(H1ServerTest, KeepsAnHttp10ConnectionWhenAskedAndTheLengthIsKnown) {
  Server server;
  ASSERT_TRUE(server.receive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  EXPECT_EQ(server.answer("hi"), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nhi");
  EXPECT_FALSE(server.codec.is_finished());
}

TEST(H1ServerTest, ClosesAfterTheResponseWhenTheClientSaysSo) {
  Server server;
  ASSERT_TRUE(server.receive("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_EQ(server.answer("hi"), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi");
  EXPECT_TRUE(server.codec.is_finished());
  EXPECT_FALSE(server.codec.is_cut_off());
}

TEST(H1ServerTest, TakesThePipelinedRequestWhenTheResponseWasWritten) {
  Server server;
  ASSERT_TRUE(server.receive("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(server.requests(), 1u);
  EXPECT_FALSE(server.codec.wants_input());
  EXPECT_FALSE(server.codec.is_head_pending());

  EXPECT_EQ(server.answer("one"), "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\none");

  ASSERT_EQ(server.requests(), 2u);
  EXPECT_EQ(server.last().stream.in.request->path, "/2");
  EXPECT_TRUE(server.codec.wants_input());
  EXPECT_EQ(server.answer("two"), "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\ntwo");
}

TEST(H1ServerTest, HoldsTheClientBackWhileThePipeIsFull) {
  Server server({}, 4);
  ASSERT_TRUE(server.receive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nhello world"));

  EXPECT_EQ(server.last().incoming.ready(), 4u);
  EXPECT_FALSE(server.codec.wants_input());
  EXPECT_FALSE(server.last().stream.in.ended);
  const int changes = server.owner.changes;

  EXPECT_EQ(server.last().take(4), "hell");
  EXPECT_GT(server.owner.changes, changes);
  EXPECT_EQ(server.last().incoming.ready(), 4u);
  EXPECT_EQ(server.last().take_all(), "o world");
  EXPECT_TRUE(server.last().stream.in.ended);
  EXPECT_TRUE(server.codec.wants_input());
}

TEST(H1ServerTest, DoesNotWantInputForAFullPipeEvenWithNothingHeldBack) {
  Server server({}, 4);
  ASSERT_TRUE(server.receive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nhell"));
  EXPECT_FALSE(server.codec.wants_input());
  EXPECT_EQ(server.last().take(1), "h");
  EXPECT_TRUE(server.codec.wants_input());
}

TEST(H1ServerTest, SendsContinueAtTheFirstFlush) {
  Server server;
  ASSERT_TRUE(
      server.receive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(server.written(), "HTTP/1.1 100 Continue\r\n\r\n");

  server.last().respond(100, {}, nullptr);
  EXPECT_EQ(server.written(), "") << "once is enough";
  ASSERT_TRUE(server.receive("hi"));
  EXPECT_EQ(server.answer("ok"), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
}

TEST(H1ServerTest, SendsNoContinueWhenTheBodyCameOrHttp10Asks) {
  for (const std::string_view request :
       {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nh",
        "POST / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n"}) {
    Server server;
    ASSERT_TRUE(server.receive(request));
    EXPECT_EQ(server.written(), "");
  }
}

TEST(H1ServerTest, AnswersInsteadOfContinueAndCloses) {
  Server server;
  ASSERT_TRUE(
      server.receive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
  server.last().respond(413, {}, nullptr);
  EXPECT_EQ(server.written(),
            "HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  EXPECT_TRUE(server.codec.is_finished());
}

TEST(H1ServerTest, ForwardsInterimHeadsButNotToHttp10) {
  Server server;
  ASSERT_TRUE(server.receive(kGet));
  server.last().respond(103, make_fields({{"link", "</a>"}}), nullptr);
  EXPECT_EQ(server.written(), "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n");
  EXPECT_TRUE(server.answer("x").starts_with("HTTP/1.1 200 OK\r\n"));

  Server old;
  ASSERT_TRUE(old.receive("GET / HTTP/1.0\r\n\r\n"));
  old.last().respond(103, {}, nullptr);
  EXPECT_EQ(old.written(), "");
}

TEST(H1ServerTest, BecomesATunnelWhenTheProtocolChanges) {
  Server server;
  ASSERT_TRUE(
      server.receive("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly"));
  EXPECT_FALSE(server.last().stream.in.ended);
  EXPECT_EQ(server.last().take_all(), "");

  server.last().respond(101, {}, &server.last().outgoing);
  EXPECT_EQ(server.written(),
            "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
  ASSERT_TRUE(server.receive(" bird"));
  EXPECT_EQ(server.last().take_all(), "early bird");
  server.last().send("answer");
  EXPECT_EQ(server.written(), "answer");

  server.codec.receive_end();
  EXPECT_TRUE(server.last().stream.in.ended);
  EXPECT_FALSE(server.codec.is_finished());
  server.last().end();
  EXPECT_EQ(server.written(), "");
  EXPECT_TRUE(server.codec.is_finished());
}

TEST(H1ServerTest, ConnectBecomesATunnelBy2xx) {
  Server server;
  ASSERT_TRUE(server.receive("CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n"));
  server.last().respond(200, {}, &server.last().outgoing);
  EXPECT_EQ(server.written(), "HTTP/1.1 200 OK\r\n\r\n");
  ASSERT_TRUE(server.receive("GET "));
  EXPECT_EQ(server.last().take_all(), "GET ");
}

TEST(H1ServerTest, ClosesAfterTheAnswerWhenTheProtocolIsNotChanged) {
  Server server;
  ASSERT_TRUE(
      server.receive("GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"));
  EXPECT_EQ(server.answer("no"), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno");
  EXPECT_TRUE(server.last().stream.in.ended);
  EXPECT_TRUE(server.codec.is_finished());
}

TEST(H1ServerTest, TakesNoRequestOutOfBytesMeantForADeclinedTunnel) {
  for (const std::string request :
       {"GET / HTTP/1.1\r\nHost: h:1\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n"}) {
    Server server;
    ASSERT_TRUE(server.receive(request + std::string(kGet)));
    server.last().respond(403, {}, nullptr);
    EXPECT_EQ(server.written(), "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    EXPECT_EQ(server.requests(), 1u);
    EXPECT_TRUE(server.codec.is_finished());
  }
}

TEST(H1ServerTest, ClosesAfterAnAnswerToARequestNobodyReadsOn) {
  Server server;
  ASSERT_TRUE(server.receive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhel"));
  server.last().outgoing.end();
  server.last().respond(401, {}, nullptr);
  server.last().stream.detach();
  EXPECT_EQ(server.written(), "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n");
  EXPECT_TRUE(server.codec.is_finished());
  EXPECT_FALSE(server.codec.is_cut_off());
}

TEST(H1ServerTest, WritesTheRestOfAFinishedBodyAfterItsOwnerHasGone) {
  Server server;
  ASSERT_TRUE(server.receive(kGet));
  {
    http::Pipe body(100);
    server.last().respond(200, {}, &body);
    body.push(Slice::of_static("hello"));
    (void)server.written();
    body.end(make_fields({{"sum", "1"}}));
    const int changes = server.owner.changes;
    server.last().stream.detach();
    EXPECT_GT(server.owner.changes, changes) << "nobody would flush the rest";
  }
  EXPECT_EQ(server.written(), "0\r\nsum: 1\r\n\r\n");
  EXPECT_TRUE(server.codec.is_idle());
  ASSERT_TRUE(server.receive(kGet));
  EXPECT_EQ(server.requests(), 2u);
}

TEST(H1ServerTest, ClosesAfterAnUncountedBodyWhoseEndItsOwnerTellsByGoing) {
  Server server;
  ASSERT_TRUE(server.receive("GET / HTTP/1.0\r\n\r\n"));
  http::Pipe body(100);
  server.last().respond(200, {}, &body);
  body.push(Slice::of_static("hello"));
  EXPECT_EQ(server.written(), "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello");
  body.end();
  server.last().stream.detach();
  EXPECT_TRUE(server.codec.is_finished());
  EXPECT_FALSE(server.codec.is_cut_off());
}

TEST(H1ServerTest, FaultsAStreamWhoseRequestBreaksOff) {
  Server server;
  ASSERT_TRUE(server.receive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhel"));
  server.codec.receive_end();
  EXPECT_EQ(server.last().stream.in.fault->code, ErrorCode::closed);
  EXPECT_EQ(server.last().stream.in.fault->origin, Origin::client);
  EXPECT_TRUE(server.codec.is_finished());
}

TEST(H1ServerTest, AnswersAClientThatEndedItsSideAfterItsRequests) {
  Server server;
  ASSERT_TRUE(server.receive(std::string(kGet) + std::string(kGet)));
  server.codec.receive_end();
  EXPECT_EQ(server.answer("1"), "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1");
  ASSERT_EQ(server.requests(), 2u);
  EXPECT_EQ(server.answer("2"), "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n2");
  EXPECT_TRUE(server.codec.is_finished());
}

TEST(H1ServerTest, TakesAClientThatEndsItsSideDuringTheAnswerToHaveLeft) {
  Server server;
  ASSERT_TRUE(server.receive(kGet));
  server.last().respond(200, {}, &server.last().outgoing);
  server.last().send("half of");
  (void)server.written();

  server.codec.receive_end();

  ASSERT_TRUE(server.last().stream.in.fault);
  EXPECT_EQ(server.last().stream.in.fault->code, ErrorCode::closed);
  EXPECT_EQ(server.last().stream.in.fault->origin, Origin::client);
  EXPECT_TRUE(server.codec.is_finished());
}

TEST(H1ServerTest, TellsStreamsThatTheConnectionIsGone) {
  Server server;
  ASSERT_TRUE(server.receive(kGet));
  server.codec.abort({ErrorCode::reset, Origin::client, "gone"});
  EXPECT_EQ(server.last().stream.in.fault->code, ErrorCode::reset);
  EXPECT_TRUE(server.codec.is_finished());

  server.last().stream.reset(http::Reason::cancelled);  // without effect
  server.codec.reap();
  EXPECT_EQ(server.last().stream.in.request->path, "/") << "held by its owner";
  EXPECT_FALSE(server.codec.is_idle());
  const int changes = server.owner.changes;
  server.last().stream.detach();
  EXPECT_GT(server.owner.changes, changes) << "there is something to reap";
  server.codec.reap();
  EXPECT_TRUE(server.codec.is_idle());
  server.acceptor.ends.clear();
}

TEST(H1ServerTest, DrainsByTheNextResponse) {
  Server server;
  ASSERT_TRUE(server.receive(kGet));
  server.codec.drain();
  EXPECT_FALSE(server.codec.is_finished());
  EXPECT_EQ(server.answer("x"), "HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: close\r\n\r\nx");
  EXPECT_TRUE(server.codec.is_finished());
}

TEST(H1ServerTest, DrainsAtOnceWhenNothingIsUnderWay) {
  Server idle;
  idle.codec.drain();
  EXPECT_TRUE(idle.codec.is_finished());

  Server begun;
  ASSERT_TRUE(begun.receive("GET / HT"));
  begun.codec.drain();
  EXPECT_FALSE(begun.codec.is_finished());
  ASSERT_TRUE(begun.receive("TP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_NE(begun.answer("x").find("connection: close"), std::string::npos);
}

TEST(H1ServerTest, SaysWhenAHeadIsPending) {
  Server server;
  EXPECT_FALSE(server.codec.is_head_pending());
  ASSERT_TRUE(server.receive("GET"));
  EXPECT_TRUE(server.codec.is_head_pending());
  ASSERT_TRUE(server.receive(" / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_FALSE(server.codec.is_head_pending());
}

TEST(H1ServerTest, LetsTheAcceptorResetAtOnce) {
  Server server;
  server.acceptor.on_accept = [](StreamEnd& end) { end.stream.reset(http::Reason::excessive_load); };
  ASSERT_TRUE(server.receive(std::string(kGet) + std::string(kGet)));
  EXPECT_EQ(server.requests(), 1u);
  EXPECT_TRUE(server.codec.is_finished());
}

TEST(H1ServerTest, LetsTheAcceptorAnswerAtOnce) {
  Server server;
  server.acceptor.on_accept = [](StreamEnd& end) { end.respond(404, {}, nullptr); };
  ASSERT_TRUE(server.receive(std::string(kGet) + std::string(kGet)));
  const std::string answer = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
  EXPECT_EQ(server.written(), answer + answer);
}

TEST(H1ServerTest, WritesNoFieldThatWouldSplitTheResponse) {
  for (const auto& [name, value] :
       {std::pair{"a", "b\r\nset-cookie: c"}, {"a\r\nb", "c"}, {"", "c"}, {"a", "b\nc"}}) {
    Server server;
    ASSERT_TRUE(server.receive(kGet));
    server.last().respond(200, make_fields({{name, value}}), nullptr);
    EXPECT_EQ(server.written(), "");
    EXPECT_EQ(server.last().stream.in.fault->code, ErrorCode::internal);
    EXPECT_TRUE(server.codec.is_finished());
  }
}

}  // namespace
}  // namespace qp::codec

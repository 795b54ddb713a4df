// What an HTTP/1.1 server doesn't take, and how it says so.
#include <gtest/gtest.h>

#include <string>

#include "support/h1_server.h"

namespace qp::codec {
namespace {

using Server = test::H1Server;

TEST(H1RefusalTest, RefusesABadHeadByItsOwnerAndCloses) {
  const std::pair<std::string_view, uint16_t> cases[] = {
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"\x16\x03\x01", 400},
      {"GET / HTTP/3.0\r\nHost: h\r\n\r\n", 505},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: br, chunked\r\n\r\n", 501},
  };
  for (const auto& [request, status] : cases) {
    Server server;

    EXPECT_TRUE(server.receive(request));

    ASSERT_EQ(server.requests(), 1u);
    ASSERT_TRUE(server.last().stream.in.refusal);
    EXPECT_EQ(server.last().stream.in.refusal->status, status);
    ASSERT_NE(server.last().stream.in.request, nullptr);
    EXPECT_FALSE(server.last().stream.in.ended);
    EXPECT_FALSE(server.codec.is_finished());
    server.last().outgoing.end();
    server.last().respond(status, {}, &server.last().outgoing);
    EXPECT_NE(server.written().find("\r\nconnection: close\r\n"), std::string::npos);
    server.last().stream.detach();
    EXPECT_TRUE(server.codec.is_finished());
    EXPECT_FALSE(server.codec.is_cut_off());
    EXPECT_FALSE(server.codec.wants_input());
    server.acceptor.ends.clear();
  }
}

TEST(H1RefusalTest, TellsOfARefusedHeadWhatCouldBeRead) {
  Server server;
  ASSERT_TRUE(server.receive("HEAD /path HTTP/1.1\r\nAccept: a/b\r\n\r\n"));
  const http::RequestHead& head = *server.last().stream.in.request;
  EXPECT_EQ(head.method, "HEAD");
  EXPECT_EQ(head.fields.find("accept"), "a/b");
  server.last().send("no body to a HEAD");
  server.last().respond(400, {}, &server.last().outgoing);
  EXPECT_EQ(server.written().find("no body"), std::string::npos);
}

TEST(H1RefusalTest, TakesNoRequestFromBehindARefusedOne) {
  for (const auto& pieces :
       test::cuts_of("GET / HTTP/1.1\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n")) {
    Server server;
    ASSERT_TRUE(test::feed(server.codec, server.pool, pieces));
    ASSERT_EQ(server.requests(), 1u);

    (void)server.answer("no");
    server.last().stream.detach();

    EXPECT_EQ(server.requests(), 1u);
    EXPECT_TRUE(server.codec.is_finished());
    server.acceptor.ends.clear();
  }
}

TEST(H1RefusalTest, RefusesARequestWhoseBodyCanNotBeRead) {
  Server server;
  ASSERT_TRUE(server.receive("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"));
  const int changes = server.last().changes;

  EXPECT_TRUE(server.receive("no number\r\n"));

  EXPECT_EQ(server.requests(), 1u);
  ASSERT_TRUE(server.last().stream.in.refusal);
  EXPECT_EQ(server.last().stream.in.refusal->status, 400);
  EXPECT_FALSE(server.last().stream.in.fault);
  EXPECT_FALSE(server.last().incoming.is_ended());
  EXPECT_GT(server.last().changes, changes);
  EXPECT_NE(server.answer("no").find("connection: close"), std::string::npos);
}

TEST(H1RefusalTest, BreaksOffWhenTheBodyCanNotBeReadBehindTheAnswersHead) {
  Server server;
  ASSERT_TRUE(server.receive("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));
  server.last().respond(200, {}, &server.last().outgoing);

  EXPECT_FALSE(server.receive("no number\r\n"));

  EXPECT_FALSE(server.last().stream.in.refusal);
  EXPECT_EQ(server.last().stream.in.fault->code, ErrorCode::malformed);
  EXPECT_TRUE(server.codec.is_cut_off());
}

TEST(H1RefusalTest, RefusesAHeadThatTakesTooLong) {
  Server server;
  server.codec.refuse_head();  // there is none
  EXPECT_EQ(server.requests(), 0u);
  ASSERT_TRUE(server.receive("GET / HT"));

  server.codec.refuse_head();

  ASSERT_EQ(server.requests(), 1u);
  EXPECT_EQ(server.last().stream.in.refusal->status, 408);
  EXPECT_FALSE(server.codec.is_head_pending());
  EXPECT_EQ(server.answer("slow"), "HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nslow");
  EXPECT_TRUE(server.codec.is_finished());
}

TEST(H1RefusalTest, RefusesAPipelinedBadRequestInItsTurn) {
  Server server;
  ASSERT_TRUE(server.receive("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nbad request\r\n\r\n"));
  EXPECT_EQ(server.requests(), 1u);
  EXPECT_FALSE(server.last().stream.in.refusal);

  EXPECT_EQ(server.answer("one"), "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\none");

  ASSERT_EQ(server.requests(), 2u);
  EXPECT_EQ(server.last().stream.in.refusal->status, 400);
  (void)server.answer("no");
  EXPECT_TRUE(server.codec.is_finished());
}

TEST(H1RefusalTest, RefusesChunksThatCanBeReadInTwoWays) {
  for (const std::string_view chunks : {
           "\r\n",
           ";x\r\n",
           "g\r\n",
           "0x5\r\nhello\r\n",
           "-5\r\nhello\r\n",
           " 5\r\nhello\r\n",
           "5 \r\nhello\r\n",
           "5 x\r\nhello\r\n",
           "5\nhello\r\n",
           "5\rhello\r\n",
           "5;a\nhello\r\n",
           "5;a\x01\r\nhello\r\n",
           "5\r\nhello!\r\n",
           "5\r\nhello\n",
           "5\r\nhello\rx",
           "10000000000000000\r\n",
           "ffffffffffffffff\r\n",
           "0000000000000005\r\n",
           "0\r\nA\r\n\r\n",
           "0\r\nA: b\n\r\n",
           "0\r\n A: b\r\n\r\n",
       }) {
    for (const auto& pieces : test::cuts_of(chunks, 2)) {
      Server server;
      ASSERT_TRUE(server.receive("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));

      EXPECT_TRUE(test::feed(server.codec, server.pool, pieces));

      ASSERT_TRUE(server.last().stream.in.refusal) << chunks;
      EXPECT_EQ(server.last().stream.in.refusal->status, 400);
      EXPECT_FALSE(server.last().stream.in.ended);
      EXPECT_FALSE(server.last().incoming.is_ended());
      (void)server.answer("no");
      EXPECT_TRUE(server.codec.is_finished());
    }
  }
}

TEST(H1RefusalTest, BoundsChunkExtensions) {
  for (const size_t length : {256u, 257u}) {
    Server server;
    ASSERT_TRUE(server.receive("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));
    ASSERT_TRUE(server.receive("1;" + std::string(length - 1, 'x') + "\r\n"));
    EXPECT_EQ(server.last().stream.in.refusal.has_value(), length > 256);
  }
}

TEST(H1RefusalTest, BoundsTrailers) {
  H1Settings settings;
  settings.limits.head_fields_max = 2;
  for (const std::string_view trailers : {"A: 1\r\nA: 2\r\n\r\n", "A: 1\r\nA: 2\r\nA: 3\r\n\r\n"}) {
    Server server(settings);
    ASSERT_TRUE(server.receive("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"));
    ASSERT_TRUE(server.receive(trailers));
    EXPECT_EQ(server.last().stream.in.refusal.has_value(), trailers.size() > 16);
  }
}

}  // namespace
}  // namespace qp::codec

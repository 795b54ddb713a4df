// What a peer may not say (RFC 9114 §4, §6, §7), and how far each limit goes.
#include <gtest/gtest.h>

#include "support/h3_pair.h"

namespace qp::codec {
namespace {

using test::h3_bytes;
using test::h3_frame;
using test::h3_get;
using test::h3_headers;
using test::h3_varint;
using test::H3End;
using test::H3Lines;

class H3StreamTest : public testing::Test {
 protected:
  // Feeds one request stream to a server, in the pieces of every cut, and hands the server to the check.
  template <typename Check>
  void feed(const std::string& bytes, bool fin, Check check) {
    for (const auto& cut : test::cuts_of(bytes, 3)) {
      H3End server(Role::server, blocks_, settings_);
      for (size_t i = 0; i < cut.size(); ++i) {
        if (server.codec.failure()) break;
        server.codec.stream_data(0, h3_bytes(cut[i]), fin && i + 1 == cut.size());
      }
      server.note_orders();
      check(server);
      server.codec.abort({});
      for (auto& end : server.acceptor.ends)
        end->stream.detach();
      server.codec.reap();
    }
  }
  void expect_stream_error(const std::string& bytes, H3Code code = H3Code::message_error, bool fin = true) {
    feed(bytes, fin, [&](H3End& server) {
      EXPECT_FALSE(server.codec.failure()) << server.codec.failure()->detail;
      ASSERT_TRUE(server.resets.contains(0));
      EXPECT_EQ(server.resets.at(0), static_cast<uint64_t>(code));
      for (auto& end : server.acceptor.ends)
        EXPECT_TRUE(end->stream.in.fault);
    });
  }
  void expect_malformed(const H3Lines& lines) { expect_stream_error(h3_headers(lines)); }
  void expect_failure(const std::string& bytes, H3Code code, bool fin = false) {
    feed(bytes, fin, [&](H3End& server) {
      ASSERT_TRUE(server.codec.failure());
      EXPECT_EQ(server.codec.failure()->code, code) << server.codec.failure()->detail;
    });
  }
  void expect_fine(const std::string& bytes) {
    feed(bytes, true, [&](H3End& server) {
      EXPECT_FALSE(server.codec.failure());
      EXPECT_TRUE(server.resets.empty());
      ASSERT_EQ(server.acceptor.ends.size(), 1u);
      EXPECT_TRUE(server.acceptor.last().stream.in.ended);
    });
  }
  // Its owner is told, answers, and nothing more of the request is wanted.
  void expect_refusal(const std::string& bytes, uint16_t status) {
    feed(bytes, false, [&](H3End& server) {
      ASSERT_EQ(server.acceptor.ends.size(), 1u);
      http::Inbound& in = server.acceptor.last().stream.in;
      ASSERT_TRUE(in.refusal);
      EXPECT_EQ(in.refusal->status, status);
      EXPECT_NE(in.request, nullptr);
      EXPECT_FALSE(in.ended);
      EXPECT_EQ(server.stops.at(0), 0x100u);
      server.acceptor.last().respond(status, {}, nullptr);
      EXPECT_GT(server.sent().at(0).size(), 0u);
      EXPECT_TRUE(server.fins.contains(0));
      EXPECT_FALSE(server.resets.contains(0));
    });
  }
  void expect_control_failure(const std::string& bytes, H3Code code, bool fin = false, int64_t id = 2) {
    H3End server(Role::server, blocks_, settings_);
    server.codec.stream_data(id, h3_bytes(bytes), fin);
    ASSERT_TRUE(server.codec.failure());
    EXPECT_EQ(server.codec.failure()->code, code) << server.codec.failure()->detail;
  }
  static H3Lines without(std::string_view name) {
    H3Lines lines = h3_get();
    std::erase_if(lines, [&](const auto& line) { return line.first == name; });
    return lines;
  }
  static H3Lines with(std::string_view name, std::string value) {
    H3Lines lines = h3_get();
    for (auto& line : lines) {
      if (line.first == name) line.second = std::move(value);
    }
    return lines;
  }

  BlockPool blocks_;
  H3Settings settings_;
};

TEST_F(H3StreamTest, TakesAPlainRequest) {
  expect_fine(h3_headers(h3_get()));
}

TEST_F(H3StreamTest, RefusesUpperCaseNames) {
  expect_malformed(h3_get({{"Accept", "x"}}));
}
TEST_F(H3StreamTest, RefusesNamesThatAreNoTokens) {
  for (const char* name : {"a b", "a:b", "a\"", "a\x80", "a\r\nb"})
    expect_malformed(h3_get({{name, "x"}}));
  expect_malformed(h3_get({{"", "x"}}));
}
TEST_F(H3StreamTest, RefusesControlCharactersInValues) {
  using namespace std::string_literals;
  for (const std::string& value : {"a\r"s, "a\nb"s, "a\0b"s, "a\x01"s, "a\x7f"s, " a"s, "a\t"s}) {
    expect_malformed(h3_get({{"x", value}}));
  }
}
TEST_F(H3StreamTest, TakesTabsAndHighBytesWithinValues) {
  expect_fine(h3_headers(h3_get({{"x", "a\tb\xc3\xa9"}})));
}

TEST_F(H3StreamTest, RefusesAMissingPseudoHeader) {
  for (const char* name : {":method", ":scheme", ":path", ":authority"})
    expect_malformed(without(name));
}
TEST_F(H3StreamTest, RefusesAPseudoHeaderTwice) {
  for (const char* name : {":method", ":scheme", ":path", ":authority"}) {
    H3Lines lines = h3_get();
    lines.push_back(*std::ranges::find(lines, name, [](const auto& line) { return line.first; }));
    expect_malformed(lines);
  }
}
TEST_F(H3StreamTest, RefusesAPseudoHeaderBehindAField) {
  H3Lines lines = without(":path");
  lines.insert(lines.end(), {{"accept", "*/*"}, {":path", "/"}});
  expect_malformed(lines);
}
TEST_F(H3StreamTest, RefusesUnknownPseudoHeaders) {
  for (const char* name : {":status", ":protocol", ":x", ":"}) {
    H3Lines lines = h3_get();
    lines.insert(lines.begin(), {name, "200"});
    expect_malformed(lines);
  }
}
TEST_F(H3StreamTest, RefusesBadPaths) {
  for (const char* path : {"", "a", "*", "/a b", "/a\r", "/#a"})
    expect_malformed(with(":path", path));
}
TEST_F(H3StreamTest, RefusesBadAuthorities) {
  for (const char* text : {"", "user@example.com", "a b", "a/b"})
    expect_malformed(with(":authority", text));
}
TEST_F(H3StreamTest, TakesAnAsteriskForOptionsOnly) {
  H3Lines lines = with(":method", "OPTIONS");
  lines[3].second = "*";
  expect_fine(h3_headers(lines));
}
TEST_F(H3StreamTest, TakesConnectWithMethodAndAuthorityOnly) {
  expect_fine(h3_headers({{":method", "CONNECT"}, {":authority", "example.com:443"}}));
  expect_malformed(with(":method", "CONNECT"));
}

TEST_F(H3StreamTest, RefusesFieldsOfAConnection) {
  for (const char* name : {"connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"}) {
    expect_malformed(h3_get({{name, "x"}}));
  }
  expect_malformed(h3_get({{"te", "gzip"}}));
  expect_fine(h3_headers(h3_get({{"te", "trailers"}})));
}

TEST_F(H3StreamTest, MovesHostIntoTheAuthority) {
  H3Lines lines = without(":authority");
  lines.emplace_back("host", "other.example");
  feed(h3_headers(lines), true, [](H3End& server) {
    const http::RequestHead& head = *server.acceptor.last().stream.in.request;
    EXPECT_EQ(head.authority, "other.example");
    EXPECT_FALSE(head.fields.has(http::Name::host));
  });
}
TEST_F(H3StreamTest, RefusesAHostThatContradictsTheAuthority) {
  expect_malformed(h3_get({{"host", "other.example"}}));
  expect_malformed(h3_get({{"host", "example.com"}, {"host", "example.com"}}));
  expect_fine(h3_headers(h3_get({{"host", "example.com"}})));
}
TEST_F(H3StreamTest, JoinsCookieCrumbs) {
  feed(h3_headers(h3_get({{"cookie", "a=1"}, {"x", "y"}, {"cookie", "b=2"}})), true, [](H3End& server) {
    const http::Headers& fields = server.acceptor.last().stream.in.request->fields;
    EXPECT_EQ(fields.find("cookie"), "a=1; b=2");
    EXPECT_EQ(fields.count(http::Name::cookie), 1u);
  });
}

TEST_F(H3StreamTest, HoldsContentToItsLength) {
  const H3Lines lines = h3_get({{"content-length", "3"}});
  expect_fine(h3_headers(lines) + h3_frame(0, "ab") + h3_frame(0, "c"));
  expect_stream_error(h3_headers(lines) + h3_frame(0, "abcd"));
  expect_stream_error(h3_headers(lines) + h3_frame(0, "ab") + h3_frame(0, "cd"));
  expect_stream_error(h3_headers(lines) + h3_frame(0, "ab"));
  expect_stream_error(h3_headers(lines));
}
TEST_F(H3StreamTest, RefusesBadContentLengths) {
  for (const char* value : {"", "-1", "+1", "1a", "1, 1", "99999999999999999999"}) {
    expect_malformed(h3_get({{"content-length", value}}));
  }
  expect_malformed(h3_get({{"content-length", "1"}, {"content-length", "1"}}));
}
TEST_F(H3StreamTest, HoldsTrailersToTheRules) {
  const std::string head = h3_headers(h3_get());
  expect_fine(head + h3_headers({{"checksum", "1"}}));
  expect_stream_error(head + h3_headers({{":path", "/"}}));
  expect_stream_error(head + h3_headers({{"connection", "x"}}));
  expect_stream_error(head + h3_headers({{"content-length", "1"}}));
}

TEST_F(H3StreamTest, ResetsARequestWithoutAHead) {
  expect_stream_error(h3_frame(0x21, "grease"), H3Code::request_incomplete);
}
TEST_F(H3StreamTest, SkipsFramesOfUnknownTypes) {
  expect_fine(h3_frame(0x21, "grease") + h3_headers(h3_get()) + h3_frame(0x40, "") + h3_frame(0, "x"));
}

TEST_F(H3StreamTest, FailsTheConnectionOnFramesOutOfPlace) {
  expect_failure(h3_frame(0, "x"), H3Code::frame_unexpected);
  expect_failure(h3_headers(h3_get()) + h3_headers({{"a", "b"}}) + h3_frame(0, "x"),
                 H3Code::frame_unexpected);
  expect_failure(h3_headers(h3_get()) + h3_headers({{"a", "b"}}) + h3_headers({{"a", "b"}}),
                 H3Code::frame_unexpected);
  for (const uint64_t type : {0x2, 0x3, 0x4, 0x5, 0x6, 0x7, 0x8, 0x9, 0xd, 0xf0700, 0xf0701}) {
    expect_failure(h3_frame(type, "x"), H3Code::frame_unexpected);
  }
}
TEST_F(H3StreamTest, FailsTheConnectionOnATruncatedFrame) {
  const std::string bytes = h3_headers(h3_get()) + h3_frame(0, "abc");
  expect_failure(bytes.substr(0, bytes.size() - 1), H3Code::frame_error, true);
}
TEST_F(H3StreamTest, FailsTheConnectionOnBadCompression) {
  expect_failure(h3_frame(1, ""), H3Code::qpack_decompression_failed);
  expect_failure(h3_frame(1, std::string("\0\0\xff\xff\xff", 5)), H3Code::qpack_decompression_failed);
  expect_failure(h3_frame(1, std::string("\x05\0\x80", 3)), H3Code::qpack_decompression_failed);
}

TEST_F(H3StreamTest, RefusesAHeadThatIsTooLarge) {
  const H3Lines lines = h3_get({{"x", std::string(100, 'y')}});
  settings_.head.head_bytes_max = 0;
  for (const auto& [name, value] : lines)
    settings_.head.head_bytes_max += name.size() + value.size() + 32;
  expect_fine(h3_headers(lines));

  --settings_.head.head_bytes_max;
  expect_refusal(h3_headers(lines), 431);
}
TEST_F(H3StreamTest, RefusesAHeadOfTooManyFields) {
  settings_.head.fields_max = 5;
  expect_fine(h3_headers(h3_get({{"a", "b"}})));
  expect_refusal(h3_headers(h3_get({{"a", "b"}, {"c", "d"}})), 431);
}
TEST_F(H3StreamTest, RefusesAUriThatIsTooLong) {
  settings_.head.uri_bytes_max = 10;
  expect_fine(h3_headers(with(":path", "/234567890")));
  expect_refusal(h3_headers(with(":path", "/2345678901")), 414);
}
TEST_F(H3StreamTest, ResetsARequestWhoseTrailersAreTooLarge) {
  settings_.head.fields_max = 4;
  const std::string head = h3_headers(h3_get());
  expect_fine(head + h3_headers({{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}}));
  expect_stream_error(head + h3_headers({{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}, {"e", "1"}}),
                      H3Code::excessive_load);
}

TEST_F(H3StreamTest, TellsOfARefusedHeadWhatCouldBeRead) {
  settings_.head.fields_max = 5;
  feed(h3_headers(h3_get({{"accept", "a/b"}, {"c", "d"}})), false, [](H3End& server) {
    const http::RequestHead& head = *server.acceptor.last().stream.in.request;
    EXPECT_EQ(head.method, "GET");
    EXPECT_EQ(head.path, "/");
    EXPECT_EQ(head.fields.find("accept"), "a/b");
  });
}
TEST_F(H3StreamTest, LeavesOutTrailersThatBelongIntoAHead) {
  const std::string bytes =
      h3_headers(h3_get()) + h3_headers({{"authorization", "x"}, {"via", "2 y"}, {"checksum", "7"}});
  feed(bytes, true, [](H3End& server) {
    const http::Trailers* trailers = server.acceptor.last().incoming.trailers();
    ASSERT_NE(trailers, nullptr);
    EXPECT_EQ(trailers->size(), 1u);
    EXPECT_EQ(trailers->find("checksum"), "7");
  });
}

TEST_F(H3StreamTest, RefusesHeadsThatTakeTooLongEachInItsTime) {
  const TimePoint now{};
  const std::string head = h3_headers(h3_get());
  H3End server(Role::server, blocks_, settings_);
  const auto receive = [&](int64_t id, std::string_view bytes) {
    server.codec.stream_data(id, h3_bytes(bytes), false);
  };
  receive(0, std::string_view(head).substr(0, 5));
  receive(4, head);
  EXPECT_EQ(server.codec.await_heads(now + std::chrono::seconds(10)), now + std::chrono::seconds(10));
  receive(8, {});  // opened, and no more
  receive(0, std::string_view(head).substr(5, 1));
  EXPECT_EQ(server.codec.await_heads(now + std::chrono::seconds(12)), now + std::chrono::seconds(10));

  server.codec.refuse_late_heads(now + std::chrono::seconds(10) - std::chrono::milliseconds(1));
  ASSERT_EQ(server.acceptor.ends.size(), 1u);
  server.codec.refuse_late_heads(now + std::chrono::seconds(10));
  ASSERT_EQ(server.acceptor.ends.size(), 2u);
  EXPECT_EQ(server.acceptor.last().stream.in.refusal->status, 408);
  EXPECT_EQ(server.codec.await_heads(now + std::chrono::seconds(20)), now + std::chrono::seconds(12));
  server.codec.refuse_late_heads(now + std::chrono::seconds(12));
  ASSERT_EQ(server.acceptor.ends.size(), 3u);
  EXPECT_EQ(server.acceptor.last().stream.in.refusal->status, 408);

  EXPECT_EQ(server.codec.await_heads(now), kNever);
  EXPECT_FALSE(server.acceptor.ends[0]->stream.in.refusal);
  server.note_orders();
  EXPECT_EQ(server.stops.at(0), 0x100u);
  EXPECT_EQ(server.stops.at(8), 0x100u);
  EXPECT_FALSE(server.codec.failure());
  for (auto& end : server.acceptor.ends)
    end->stream.detach();
}
TEST_F(H3StreamTest, AwaitsNoHeadOfAStreamThatIsOver) {
  H3End server(Role::server, blocks_, settings_);
  server.codec.stream_data(0, h3_bytes("\x01"), false);
  EXPECT_NE(server.codec.await_heads(TimePoint{}), kNever);
  server.codec.stream_reset(0, 0x10c);
  EXPECT_EQ(server.codec.await_heads(TimePoint{}), kNever);
}

TEST_F(H3StreamTest, FailsAPeerThatCancelsTooOften) {
  settings_.cancelled_requests_max = 3;
  H3End server(Role::server, blocks_, settings_);
  for (int64_t id = 0; id <= 12; id += 4) {
    EXPECT_FALSE(server.codec.failure());
    server.codec.stream_data(id, h3_bytes(h3_headers(h3_get())), false);
    server.codec.stream_reset(id, 0x10c);
  }
  ASSERT_TRUE(server.codec.failure());
  EXPECT_EQ(server.codec.failure()->code, H3Code::excessive_load);
  for (auto& end : server.acceptor.ends)
    end->stream.detach();
}
TEST_F(H3StreamTest, FailsAPeerThatSendsTooManyUselessFrames) {
  settings_.useless_frames_max = 3;
  const std::string head = h3_headers(h3_get());
  const std::string empty = h3_frame(0, "");
  expect_fine(head + empty + empty + empty);
  expect_failure(head + empty + empty + empty + empty, H3Code::excessive_load);
}

TEST_F(H3StreamTest, HoldsTheControlStreamToTheRules) {
  const std::string settings = h3_varint(0) + h3_frame(4, "");
  expect_control_failure(h3_varint(0) + h3_frame(7, h3_varint(0)), H3Code::missing_settings);
  expect_control_failure(settings + h3_frame(4, ""), H3Code::frame_unexpected);
  expect_control_failure(settings + h3_frame(0, "x"), H3Code::frame_unexpected);
  expect_control_failure(settings + h3_frame(1, "x"), H3Code::frame_unexpected);
  expect_control_failure(settings + h3_frame(2, "x"), H3Code::frame_unexpected);
  expect_control_failure(settings + h3_frame(3, h3_varint(0)), H3Code::id_error);
  expect_control_failure(settings + h3_frame(7, ""), H3Code::frame_error);
  expect_control_failure(settings + h3_frame(7, h3_varint(0) + "x"), H3Code::frame_error);
  expect_control_failure(settings + h3_frame(7, h3_varint(4)) + h3_frame(7, h3_varint(8)), H3Code::id_error);
  expect_control_failure(settings + h3_frame(0xd, h3_varint(4)) + h3_frame(0xd, h3_varint(3)),
                         H3Code::id_error);
  expect_control_failure(settings + h3_frame(0xf0700, h3_varint(2) + "u=1"), H3Code::id_error);
  expect_control_failure(settings + h3_frame(0xd, std::string(5000, 'x')), H3Code::excessive_load);
  expect_control_failure(settings, H3Code::closed_critical_stream, true);
}
TEST_F(H3StreamTest, HoldsSettingsToTheRules) {
  const auto settings = [](const std::string& payload) { return h3_varint(0) + h3_frame(4, payload); };
  for (const uint64_t id : {0x0, 0x2, 0x3, 0x4, 0x5}) {
    expect_control_failure(settings(h3_varint(id) + h3_varint(0)), H3Code::settings_error);
  }
  expect_control_failure(settings(h3_varint(6) + h3_varint(1) + h3_varint(6) + h3_varint(1)),
                         H3Code::settings_error);
  expect_control_failure(settings(h3_varint(6)), H3Code::frame_error);
}
TEST_F(H3StreamTest, RefusesPushStreamsAndSecondControlStreams) {
  expect_control_failure(h3_varint(1), H3Code::stream_creation_error);
  for (const uint64_t type : {0, 2, 3}) {
    H3End server(Role::server, blocks_, settings_);
    server.codec.stream_data(2, h3_bytes(h3_varint(type)), false);
    server.codec.stream_data(6, h3_bytes(h3_varint(type)), false);
    ASSERT_TRUE(server.codec.failure());
    EXPECT_EQ(server.codec.failure()->code, H3Code::stream_creation_error);
  }
}
TEST_F(H3StreamTest, StopsUnidirectionalStreamsOfUnknownTypes) {
  H3End server(Role::server, blocks_, settings_);
  server.codec.stream_data(2, h3_bytes(h3_varint(0x21) + "grease"), true);
  server.note_orders();

  EXPECT_FALSE(server.codec.failure());
  EXPECT_EQ(server.stops.at(2), 0x103u);
}
TEST_F(H3StreamTest, FailsWhenACriticalStreamIsResetOrStopped) {
  H3End reset(Role::server, blocks_, settings_);
  reset.codec.stream_data(2, h3_bytes(h3_varint(0)), false);
  reset.codec.stream_reset(2, 0);
  EXPECT_EQ(reset.codec.failure()->code, H3Code::closed_critical_stream);

  H3End stopped(Role::server, blocks_, settings_);
  stopped.codec.stream_stopped(3, 0);
  EXPECT_EQ(stopped.codec.failure()->code, H3Code::closed_critical_stream);
}
TEST_F(H3StreamTest, ReadsPriorityUpdates) {
  EXPECT_EQ(parse_priority("u=1, i").urgency, 1);
  EXPECT_TRUE(parse_priority("u=1, i").is_incremental);
  EXPECT_EQ(parse_priority("u=8").urgency, 3);
  EXPECT_EQ(parse_priority("garbage;;,,u=0;x=y").urgency, 0);
  EXPECT_FALSE(parse_priority("i=?0").is_incremental);
}

}  // namespace
}  // namespace qp::codec

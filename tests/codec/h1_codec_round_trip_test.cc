// A client's codec and a server's codec joined back to back, by wires that take any number of bytes at a
// time.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "base/random.h"
#include "codec/h1_codec.h"
#include "support/codec_kit.h"

namespace qp::codec {
namespace {

using test::StreamEnd;

struct Message {
  http::Headers fields;
  std::string body;
  http::Trailers trailers;
  bool has_length = false;
};

std::string random_text(Random& random, uint32_t bytes_max) {
  std::string text(random.below(bytes_max + 1), ' ');
  for (char& c : text)
    c = static_cast<char>('!' + random.below(90));
  return text;
}

Message random_message(Random& random) {
  Message message;
  for (uint32_t i = random.below(6); i > 0; --i) {
    message.fields.add("x-" + std::to_string(random.below(1000)), random_text(random, 40));
  }
  if (random.one_in(4)) return message;
  message.body = random_text(random, random.one_in(3) ? 5000 : 30);
  message.has_length = random.one_in(2);
  if (message.has_length) {
    message.fields.add("content-length", std::to_string(message.body.size()));
  } else if (random.one_in(2)) {
    message.trailers.add("x-sum", random_text(random, 20));
  }
  return message;
}

std::string to_text(const http::Headers* fields) {
  std::string text;
  for (size_t i = 0; fields != nullptr && i < fields->size(); ++i) {
    if ((*fields)[i].id == http::Name::content_length) continue;  // may be added for a body that is all there
    text.append((*fields)[i].name).append(": ").append((*fields)[i].value).append("\n");
  }
  return text;
}

// Two codecs and what is between them.
class Pair {
 public:
  explicit Pair(uint64_t seed)
      : random_(seed),
        client_(Role::client, owner_, nullptr, {}, peer_),
        server_(Role::server, owner_, &acceptor_, {}, peer_) {
    acceptor_.incoming_bytes = 1 + random_.below(400);
  }

  // One request and its response; false when something got lost on the way.
  void exchange() {
    const Message request = random_message(random_);
    const Message response = random_message(random_);
    ASSERT_TRUE(client_.is_open_for_more());
    StreamEnd asking(*client_.open(), 1 + random_.below(400));
    http::RequestHead head{
        .method = random_.one_in(2) ? "POST" : "GET", .scheme = "http", .authority = "h", .path = "/"};
    head.fields = request.fields;
    send(asking, request, [&](http::Pipe* body) { asking.stream.send_head(head, body); });

    const size_t index = acceptor_.ends.size();
    std::string request_body;
    std::string response_body;
    for (int round = 0; round < 100000 && !is_over(asking, index); ++round) {
      step(client_, server_);
      step(server_, client_);
      response_body += asking.take(1 + random_.below(600));
      if (acceptor_.ends.size() == index) continue;
      StreamEnd& answering = acceptor_.last();
      request_body += answering.take(1 + random_.below(600));
      feed_body(asking, request);
      // A response that is complete before its request would end the connection; one that has only begun
      // doesn't.
      const bool may_complete = answering.stream.in.ended;
      if (!is_answered_ && (may_complete || (round > 3 && is_chunked(response)))) {
        is_answered_ = true;
        send(answering, response, [&](http::Pipe* body) { answering.respond(200, response.fields, body); });
      }
      if (is_answered_ && may_complete) feed_body(answering, response);
    }

    ASSERT_TRUE(is_over(asking, index));
    EXPECT_EQ(request_body, request.body);
    EXPECT_EQ(response_body, response.body);
    EXPECT_EQ(to_text(&acceptor_.last().stream.in.request->fields), to_text(&request.fields));
    EXPECT_EQ(to_text(&asking.stream.in.response->fields), to_text(&response.fields));
    EXPECT_EQ(to_text(acceptor_.last().incoming.trailers()), to_text(&request.trailers));
    EXPECT_EQ(to_text(asking.incoming.trailers()), to_text(&response.trailers));
    asking.stream.detach();
    acceptor_.last().stream.detach();
    is_answered_ = false;
    client_.reap();
    server_.reap();
  }

 private:
  static bool is_chunked(const Message& message) {
    return !message.has_length && (!message.body.empty() || !message.trailers.empty());
  }

  template <typename SendHead>
  void send(StreamEnd& end, const Message& message, SendHead send_head) {
    const bool has_body = message.has_length || is_chunked(message);
    if (message.has_length && random_.one_in(2)) feed_body(end, message);  // all there, or a part of it
    send_head(has_body ? &end.outgoing : nullptr);
    if (!has_body) end.outgoing.end();
  }

  void feed_body(StreamEnd& end, const Message& message) {
    if (end.outgoing.is_ended()) return;
    const uint64_t fed = end.outgoing.filled();
    const uint32_t left = static_cast<uint32_t>(message.body.size() - fed);
    const uint32_t size = random_.one_in(4) ? left : std::min(left, random_.below(100));
    end.outgoing.push(pool_.copy(std::string_view(message.body).substr(fed, size)));
    if (size == left && random_.one_in(2)) end.outgoing.end(message.trailers);
    end.stream.wake();
  }

  // A write of some size, read in pieces of some size, where the reader reads.
  void step(H1Codec& from, H1Codec& to) {
    std::string& wire = &from == &client_ ? to_server_ : to_client_;
    std::array<std::span<const unsigned char>, 3> pieces;
    const size_t count = from.gather(std::span(pieces).first(1 + random_.below(3)), 1 + random_.below(700));
    size_t bytes = 0;
    for (const auto& piece : std::span(pieces).first(count)) {
      wire.append(reinterpret_cast<const char*>(piece.data()), piece.size());
      bytes += piece.size();
    }
    if (bytes > 0) {
      const size_t taken = 1 + random_.below(static_cast<uint32_t>(bytes));
      wire.resize(wire.size() - (bytes - taken));
      from.sent(taken);
    }
    if (wire.empty() || !to.wants_input()) return;
    const size_t read = 1 + random_.below(static_cast<uint32_t>(wire.size()));
    ASSERT_TRUE(to.receive(pool_.copy(std::string_view(wire).substr(0, read))));
    wire.erase(0, read);
  }

  bool is_over(const StreamEnd& asking, size_t index) const {
    return asking.stream.in.ended && asking.incoming.is_finished() && acceptor_.ends.size() > index &&
           acceptor_.ends.back()->stream.in.ended && acceptor_.ends.back()->incoming.is_finished() &&
           client_.is_open_for_more() && to_client_.empty();
  }

  Random random_;
  BlockPool pool_;
  test::FakeCodecOwner owner_;
  test::TestAcceptor acceptor_;
  http::Peer peer_;
  H1Codec client_;
  H1Codec server_;
  std::string to_server_;
  std::string to_client_;
  bool is_answered_ = false;
};

TEST(H1RoundTripTest, CarriesRandomMessagesUnchanged) {
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(seed);
    Pair pair(seed);
    for (int exchanges = 0; exchanges < 4 && !HasFailure(); ++exchanges)
      pair.exchange();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace qp::codec

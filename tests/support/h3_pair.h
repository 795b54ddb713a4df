// What HTTP/3 codecs stand on in a test: QUIC streams that are strings, shuttled in pieces of random size.
#pragma once
#include <algorithm>
#include <initializer_list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/h3_codec.h"
#include "support/codec_kit.h"

namespace qp::test {

inline codec::H3Bytes h3_bytes(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

// One end: a codec, and what it wanted of the transport.
class H3End final : public codec::H3Owner {
 public:
  H3End(codec::Role role, BlockPool& blocks, const codec::H3Settings& settings)
      : role_(role),
        codec({.role = role,
               .settings = settings,
               .blocks = blocks,
               .owner = *this,
               .acceptor = &acceptor,
               .peer = peer,
               .seed = 1}) {
    const int64_t first = role == codec::Role::server ? 3 : 2;
    codec.start(first, first + 4, first + 8);
  }

  void changed() override { ++changes; }
  void stream_finished() override { ++finished; }
  Result<int64_t> open_stream() override {
    if (streams_left == 0) return fail(ErrorCode::would_block, Origin::client, "no more streams");
    --streams_left;
    return std::exchange(next_stream_, next_stream_ + 4);
  }

  // Orders so far, by stream.
  void note_orders() {
    for (const codec::H3Order& order : codec.take_orders()) {
      using Kind = codec::H3Order::Kind;
      if (order.kind == Kind::reset_stream) resets[order.id] = order.value;
      if (order.kind == Kind::stop_stream) stops[order.id] = order.value;
      if (order.kind == Kind::extend_stream) stream_credit[order.id] += order.value;
      if (order.kind == Kind::allow_stream) ++allowed;
    }
    connection_credit += codec.take_connection_credit();
  }
  // Everything that the codec has to send, by stream; it is acknowledged at once.
  std::map<int64_t, std::string> sent() {
    std::map<int64_t, std::string> streams;
    while (codec.next_chunk().id >= 0) {
      const codec::H3Chunk chunk = codec.next_chunk();
      for (size_t i = 0; i < chunk.piece_count; ++i) {
        streams[chunk.id].append(reinterpret_cast<const char*>(chunk.pieces[i].data()),
                                 chunk.pieces[i].size());
      }
      if (chunk.fin) fins.insert(chunk.id);
      codec.taken(chunk.id, chunk.bytes);
      codec.stream_acked(chunk.id, chunk.bytes);
    }
    note_orders();
    return streams;
  }

 private:
  codec::Role role_;
  int64_t next_stream_ = 0;

 public:
  http::Peer peer;
  TestAcceptor acceptor;
  codec::H3Codec codec;
  int changes = 0;
  int finished = 0;
  int streams_left = 100;
  int allowed = 0;
  uint64_t connection_credit = 0;
  std::map<int64_t, uint64_t> stream_credit;
  std::map<int64_t, uint64_t> resets;
  std::map<int64_t, uint64_t> stops;
  std::set<int64_t> fins;
};

// A client and a server, joined.
class H3Pair {
 public:
  explicit H3Pair(uint64_t seed = 1, const codec::H3Settings& server_settings = {})
      : settings_(server_settings),
        client(codec::Role::client, blocks, client_settings_),
        server(codec::Role::server, blocks, settings_),
        random_(seed) {}

  StreamEnd& open(const http::RequestHead& head, bool has_body) {
    http::Stream* stream = client.codec.open();
    requests_.push_back(std::make_unique<StreamEnd>(*stream));
    stream->send_head(head, has_body ? &requests_.back()->outgoing : nullptr);
    return *requests_.back();
  }
  static http::RequestHead get(std::string path = "/") {
    http::RequestHead head;
    head.method = "GET";
    head.scheme = "https";
    head.authority = "example.com";
    head.path = std::move(path);
    return head;
  }
  static http::RequestHead post(std::string path = "/") {
    http::RequestHead head = get(std::move(path));
    head.method = "POST";
    return head;
  }

  // Carries bytes, resets and acknowledgements until both ends are quiet.
  void run() {
    for (int quiet = 0; quiet < 2;)
      quiet = step(client, server) | step(server, client) ? 0 : quiet + 1;
  }

  BlockPool blocks;

 private:
  struct Wire {
    bool is_ended = false;  // fin or reset
  };

  bool step(H3End& from, H3End& to) {
    const codec::H3Chunk chunk = from.codec.next_chunk();
    bool has_moved = carry_orders(from, to);
    if (chunk.id < 0 || !from.codec.is_started()) return has_moved;
    std::string bytes;
    for (size_t i = 0; i < chunk.piece_count; ++i) {
      bytes.append(reinterpret_cast<const char*>(chunk.pieces[i].data()), chunk.pieces[i].size());
    }
    const size_t size = bytes.empty() ? 0 : 1 + random_.below(static_cast<uint32_t>(bytes.size()));
    const bool fin = chunk.fin && size == bytes.size();
    from.codec.taken(chunk.id, size);
    deliver(to, chunk.id, std::string_view(bytes).substr(0, size), fin);
    if (size > 0) from.codec.stream_acked(chunk.id, size);
    if (fin) end_direction(&from == &client, chunk.id);
    carry_orders(from, to);
    return true;
  }

  void deliver(H3End& to, int64_t id, std::string_view bytes, bool fin) {
    if (bytes.empty()) return to.codec.stream_data(id, {}, fin);
    while (!bytes.empty()) {
      const std::string piece(bytes.substr(0, 1 + random_.below(static_cast<uint32_t>(bytes.size()))));
      bytes.remove_prefix(piece.size());
      if (!to.codec.failure()) to.codec.stream_data(id, h3_bytes(piece), fin && bytes.empty());
    }
  }

  bool carry_orders(H3End& from, H3End& to) {
    const auto resets_before = from.resets;
    const auto stops_before = from.stops;
    from.note_orders();
    for (const auto& [id, code] : from.resets) {
      if (resets_before.contains(id)) continue;
      to.codec.stream_reset(id, code);
      end_direction(&from == &client, id);
    }
    for (const auto& [id, code] : from.stops) {
      if (stops_before.contains(id) || (id & 3) != 0) continue;
      to.codec.stream_stopped(id, code);
      to.codec.write_closed(id);  // what a transport does: it answers with a reset
      end_direction(&to == &client, id);
    }
    return from.resets.size() + from.stops.size() > resets_before.size() + stops_before.size();
  }

  void end_direction(bool is_clients, int64_t id) {
    ended_.insert({id, is_clients});
    if (!ended_.contains({id, !is_clients}) || !closed_.insert(id).second) return;
    client.codec.stream_closed(id);
    server.codec.stream_closed(id);
  }

  std::set<std::pair<int64_t, bool>> ended_;
  std::set<int64_t> closed_;
  codec::H3Settings settings_;
  codec::H3Settings client_settings_;
  std::vector<std::unique_ptr<StreamEnd>> requests_;

 public:
  H3End client;
  H3End server;

 private:
  Random random_;
};

// ---- Bytes as a peer without scruples would send them.

inline std::string h3_varint(uint64_t value) {
  std::array<unsigned char, codec::kVarintBytesMax> bytes;
  const size_t size = codec::write_varint(bytes, value);
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

inline std::string h3_frame(uint64_t type, std::string_view payload) {
  return h3_varint(type) + h3_varint(payload.size()) + std::string(payload);
}

// An integer with a prefix (RFC 7541 §5.1).
inline std::string h3_prefixed(unsigned char first, int bits, size_t value) {
  const size_t limit = (size_t{1} << bits) - 1;
  if (value < limit) return {static_cast<char>(first | value)};
  std::string text{static_cast<char>(first | limit)};
  for (value -= limit; value >= 128; value >>= 7)
    text += static_cast<char>(0x80 | (value & 0x7f));
  return text + static_cast<char>(value);
}

using H3Lines = std::vector<std::pair<std::string, std::string>>;

// A HEADERS frame of literals without any compression.
inline std::string h3_headers(const H3Lines& lines) {
  std::string section(2, '\0');
  for (const auto& [name, value] : lines) {
    section += h3_prefixed(0x20, 3, name.size()) + name + h3_prefixed(0x00, 7, value.size()) + value;
  }
  return h3_frame(0x1, section);
}

inline H3Lines h3_get(H3Lines more = {}) {
  H3Lines lines = {{":method", "GET"}, {":scheme", "https"}, {":authority", "example.com"}, {":path", "/"}};
  lines.insert(lines.end(), more.begin(), more.end());
  return lines;
}

}  // namespace qp::test

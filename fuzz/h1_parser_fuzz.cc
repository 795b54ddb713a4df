// Heads and chunks from outside, to both roles. The first byte says how the rest is cut: what comes of the
// bytes must not depend on that, and no input may be taken for more body than it holds.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "codec/h1_codec.h"
#include "tests/support/codec_kit.h"

namespace {

using qp::codec::H1Codec;
using qp::codec::Role;

constexpr qp::codec::H1Settings kSettings{
    .limits = {.head_bytes_max = 2000, .uri_bytes_max = 200, .head_fields_max = 16}, .interim_heads_max = 4};

void note(std::string& told, const qp::test::StreamEnd& end, std::string_view body) {
  const qp::http::Inbound& in = end.stream.in;
  if (in.request) told += in.request->method + " " + in.request->authority + " " + in.request->path;
  if (in.response) told += std::to_string(in.response->status);
  told.append("|")
      .append(body)
      .append(in.ended ? "|ended" : "|open")
      .append(in.fault ? "|fault" : "|fine")
      .append(in.refusal ? std::to_string(in.refusal->status) : "")
      .append("\n");
}

std::string serve(std::string_view input, size_t piece_bytes) {
  qp::BlockPool pool;
  qp::test::FakeCodecOwner owner;
  qp::test::TestAcceptor acceptor;
  qp::http::Peer peer;
  H1Codec codec(Role::server, owner, &acceptor, kSettings, peer);
  std::string told;
  std::string body;  // of the request under way, as far as it has come
  size_t answered = 0;
  const auto answer = [&] {
    while (answered < acceptor.ends.size()) {
      qp::test::StreamEnd& end = *acceptor.ends[answered];
      body += end.take_all();
      if (!end.stream.in.ended && !end.stream.in.fault && !end.stream.in.refusal) return;
      note(told, end, std::exchange(body, {}));
      ++answered;
      const bool is_declined =
          !end.stream.in.request->protocol.empty() || end.stream.in.request->method == "CONNECT";
      if (!end.stream.in.fault && !is_declined) end.respond(200, {}, nullptr);
      end.stream.detach();
      (void)qp::test::written(codec);
    }
  };
  acceptor.on_accept = [](qp::test::StreamEnd& end) {  // a tunnel is declined: else the request has no end
    const qp::http::RequestHead& head = *end.stream.in.request;
    if (!head.protocol.empty() || head.method == "CONNECT") end.respond(400, {}, nullptr);
  };
  acceptor.incoming_bytes = 1 << 20;
  for (; !input.empty(); input.remove_prefix(std::min(piece_bytes, input.size()))) {
    if (!codec.receive(pool.copy(input.substr(0, piece_bytes)))) break;
    answer();
  }
  answer();
  codec.abort({qp::ErrorCode::reset, qp::Origin::client, "over"});
  for (; answered < acceptor.ends.size(); ++answered)
    acceptor.ends[answered]->stream.detach();
  codec.reap();
  if (!codec.is_idle()) std::abort();
  acceptor.ends.clear();
  return told;
}

std::string ask(std::string_view input, size_t piece_bytes, std::string_view method) {
  qp::BlockPool pool;
  qp::test::FakeCodecOwner owner;
  qp::http::Peer peer;
  H1Codec codec(Role::client, owner, nullptr, kSettings, peer);
  qp::test::StreamEnd end(*codec.open(), 1 << 20);
  qp::http::RequestHead head;
  head.method = method;
  head.authority = "h:1";
  end.stream.send_head(head, nullptr);
  (void)qp::test::written(codec);
  for (; !input.empty(); input.remove_prefix(std::min(piece_bytes, input.size()))) {
    if (!codec.receive(pool.copy(input.substr(0, piece_bytes)))) break;
  }
  codec.receive_end();
  std::string told;
  note(told, end, end.take_all());
  if (!end.stream.in.ended && !end.stream.in.fault) std::abort();
  if (end.stream.in.ended && !end.incoming.is_finished()) std::abort();
  end.stream.detach();
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1 || size > 20000) return 0;
  const size_t piece_bytes = size_t{1} + data[0];
  const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
  if (serve(input, input.size() + 1) != serve(input, piece_bytes)) std::abort();
  for (const std::string_view method : {"GET", "HEAD", "CONNECT"}) {
    if (ask(input, input.size() + 1, method) != ask(input, piece_bytes, method)) std::abort();
  }
  return 0;
}

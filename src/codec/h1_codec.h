// HTTP/1.0 and 1.1 over one connection (RFC 9112), either role. One message a direction is under way at a
// time: a server takes the next request when the last response was written whole, and leaves pipelined bytes
// where they are until then; a client is asked for the next request when the last response was read whole.
//
//                  request                          response
//   server   head ─► body | held ─► done     (nothing) ─► head written ─► body ─► written whole
//   client   (nothing) ─► head written ...   head ─► body ─► done
//
// `held` is a request for another protocol, or CONNECT: what follows it is a tunnel, or is not read at all
// where we decline. A tunnel ends when our side of it has ended, because one half of a connection can't be
// closed from here.
//
// The connection's life:
//
//   open ──► draining ──► closing ──► finished
//     draining   the message under way is the last
//     closing    what waits is still written, nothing is read any more
//     finished   nothing is written any more
//
// A request that can't be taken is refused by its stream's owner, who is told so by `in.refusal`; with the
// answer the connection ends. Only where the final head is out already it is broken off.
//
// What a client's stream is told when its connection ends before the response:
//
//   refused          none of the request was written: it may be repeated, whatever its method
//   closed | reset   anything else: the request may have had its effect, also on a kept-alive connection,
//                    for a backend may close it at any time (RFC 9112 §9.3.1)
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "codec/codec.h"
#include "codec/h1_body_reader.h"
#include "codec/h1_input.h"
#include "codec/h1_output.h"
#include "codec/h1_stream.h"

namespace qp::codec {

struct H1Settings {
  h1::HeadLimits limits;
  uint32_t interim_heads_max = 16;  // before one response (RFC 9110 §15.2)
};

class H1Codec final : public Codec {
 public:
  // `acceptor` is for servers. `owner`, `acceptor` and `peer` outlive the codec.
  H1Codec(Role role, CodecOwner& owner, http::StreamAcceptor* acceptor, const H1Settings& settings,
          const http::Peer& peer);

  Result<> receive(Slice bytes) override;
  void receive_end() override;
  void abort(Error error) override;
  bool wants_input() const override;
  size_t gather(std::span<std::span<const unsigned char>> pieces, size_t bytes_max) override;
  void sent(size_t bytes) override;
  http::Stream* open() override;
  bool is_open_for_more() const override;
  void drain() override;
  bool is_idle() const override;
  uint64_t requests() const override { return requests_; }
  bool is_finished() const override;
  bool is_cut_off() const override { return is_cut_off_; }
  bool is_head_pending() const override;
  void refuse_head() override;
  void reap() override;

 private:
  friend class H1Stream;
  enum class Life : uint8_t { open, draining, closing, finished };
  enum class Incoming : uint8_t { head, body, held, done };
  enum class Step : uint8_t { again, wait };

  // What the stream under way asks for.
  void send_request(const http::RequestHead& head, http::Pipe* body);
  void send_response(const http::ResponseHead& head, http::Pipe* body);
  void send_interim(const http::ResponseHead& head);
  void wake() { owner_.changed(); }
  void read_on();
  void handle_reset();
  void handle_detached(H1Stream& stream);

  // In.
  Result<> read();
  h1::Parsed<Step> read_step();
  h1::Parsed<Step> read_request();
  h1::Parsed<Step> read_response();
  h1::Parsed<Step> read_body();
  void begin_incoming(const h1::MessageFraming& framing);
  void end_incoming();
  void handle_end();

  // Out.
  bool has_all_sent() const { return output_.is_empty() && !output_.has_body(); }
  void begin_tunnel(http::Pipe* body);
  void answer_continue();

  // The message and the connection.
  H1Stream& make_stream();
  H1Stream& make_request(http::RequestHead&& head, http::Version version);
  void settle();
  void finish_message();
  void release();
  void close_after_output();
  void break_off();
  void break_off(Error error);
  Result<> refuse(const h1::Refusal& refusal);
  Error explain(Error error) const;
  Origin peer_origin() const { return role_ == Role::server ? Origin::client : Origin::upstream; }

  const Role role_;
  CodecOwner& owner_;
  http::StreamAcceptor* const acceptor_;
  const H1Settings settings_;
  const http::Peer& peer_;

  h1::Input input_;
  h1::BodyReader reader_;
  h1::Output output_;
  std::vector<std::unique_ptr<H1Stream>>
      streams_;  // the one under way, and those that an owner still looks at
  uint64_t requests_ = 0;
  Life life_ = Life::open;
  bool is_peer_ended_ = false;
  bool is_cut_off_ = false;

  // The message under way; current_ is null between messages.
  H1Stream* current_ = nullptr;
  Incoming incoming_ = Incoming::head;
  h1::Asked asked_;
  std::string protocol_;                         // that the request asks to change to
  http::Version version_ = http::Version::h1_1;  // server: the client's
  http::Pipe* tunnel_ = nullptr;                 // client: the pipe that is sent once there is a tunnel
  uint32_t interim_heads_ = 0;
  bool keep_alive_ = false;    // the connection may go on after this message
  bool is_head_sent_ = false;  // the final head was handed to the output
  bool is_tunnel_ = false;
  bool awaits_continue_ = false;  // server: the client holds the body back until 100 or a final head
  bool is_body_refused_ = false;  // server: it got the final head, so the body may come or not
  bool has_written_ = false;      // client: some of the request went out
};

}  // namespace qp::codec

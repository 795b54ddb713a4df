#include "codec/h1_codec.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "codec/h1_send_framing.h"
#include "codec/h1_target.h"
#include "http/hop_by_hop.h"
#include "http/rules.h"

namespace qp::codec {

using h1::Framing;
using h1::Parsed;

H1Codec::H1Codec(Role role, CodecOwner& owner, http::StreamAcceptor* acceptor, const H1Settings& settings,
                 const http::Peer& peer)
    : role_(role),
      owner_(owner),
      acceptor_(acceptor),
      settings_(settings),
      peer_(peer),
      input_(role == Role::server ? h1::Section::request : h1::Section::response, settings.limits),
      reader_(settings.limits) {
  assert((role == Role::server) == (acceptor != nullptr));
}

Result<> H1Codec::receive(Slice bytes) {
  if (life_ >= Life::closing || bytes.empty()) return {};
  if (incoming_ == Incoming::body) awaits_continue_ = false;
  input_.push(std::move(bytes));
  return read();
}

// Bytes that a full pipe or a response under way holds back come first.
void H1Codec::receive_end() {
  is_peer_ended_ = true;
  read_on();
}

void H1Codec::abort(Error error) {
  const Error explained = explain(error);
  life_ = Life::finished;
  output_.drop();
  input_.clear();
  if (current_ == nullptr) return;
  current_->in.fault = explained;
  current_->tell_owner();
  release();
}

bool H1Codec::wants_input() const {
  if (life_ >= Life::closing || is_peer_ended_ || !input_.is_empty()) return false;
  const http::Pipe* const pipe = current_ == nullptr ? nullptr : current_->body();
  return incoming_ != Incoming::body || pipe == nullptr || pipe->room() > 0;
}

size_t H1Codec::gather(std::span<std::span<const unsigned char>> pieces, size_t bytes_max) {
  if (life_ == Life::finished) return 0;
  answer_continue();
  const bool had_body = output_.has_body();
  if (!output_.cut_run()) {
    break_off({ErrorCode::internal, Origin::self, "the body is not as long as its content-length"});
    return 0;
  }
  if (had_body && has_all_sent()) {  // only its end was missing, and that has no bytes
    settle();
    read_on();
  }
  return output_.gather(pieces, bytes_max);
}

void H1Codec::sent(size_t bytes) {
  has_written_ = true;
  if (output_.sent(bytes) > 0) current_->tell_owner();
  settle();
  read_on();
}

http::Stream* H1Codec::open() {
  if (!is_open_for_more()) return nullptr;
  has_written_ = false;
  return &make_stream();
}

bool H1Codec::is_open_for_more() const {
  return role_ == Role::client && life_ == Life::open && current_ == nullptr && !is_peer_ended_ &&
         input_.is_empty() && !input_.has_partial_head();
}

void H1Codec::drain() {
  if (life_ != Life::open) return;
  life_ = Life::draining;
  if (!is_head_sent_) keep_alive_ = false;
  if (current_ == nullptr && !input_.has_partial_head()) close_after_output();
}

bool H1Codec::is_idle() const {
  return std::ranges::all_of(streams_, [](const auto& stream) { return stream->is_free(); });
}

bool H1Codec::is_finished() const {
  return life_ == Life::finished || (life_ == Life::closing && has_all_sent());
}

bool H1Codec::is_head_pending() const {
  return role_ == Role::server && life_ < Life::closing && input_.has_partial_head();
}

void H1Codec::refuse_head() {
  if (is_head_pending()) (void)refuse({408, "the request's head took too long"});
}

void H1Codec::reap() {
  std::erase_if(streams_, [](const auto& stream) { return stream->is_free(); });
}

// ---- What the stream under way asks for

void H1Codec::send_request(const http::RequestHead& head, http::Pipe* body) {
  assert(role_ == Role::client && !is_head_sent_);
  Result<h1::SendFraming> framing = h1::frame_for_sending(head, body);
  if (!framing) return break_off(framing.error());
  asked_ = {.is_head = head.method == "HEAD",
            .is_connect = head.method == "CONNECT",
            .is_upgrade = !framing->ending.upgrade.empty()};
  framing->ending.close = life_ != Life::open;
  if (!h1::write_request(output_.text(), head, framing->ending)) {
    return break_off({ErrorCode::internal, Origin::self, "the request can't be written in HTTP/1.1"});
  }
  is_head_sent_ = true;
  if (asked_.is_connect || asked_.is_upgrade) {
    tunnel_ = body;
  } else if (framing->body != Framing::none) {
    output_.begin_body(*body, framing->body, framing->ending.length.value_or(0));
  }
  owner_.changed();
}

void H1Codec::send_response(const http::ResponseHead& head, http::Pipe* body) {
  assert(role_ == Role::server && !is_head_sent_);
  if (head.is_interim() && (head.status != 101 || body == nullptr)) return send_interim(head);
  Result<h1::SendFraming> framing = h1::frame_for_sending(head, body, asked_, version_);
  if (!framing) return break_off(framing.error());
  const bool is_switching = framing->body == Framing::tunnel;

  // A client that waits for 100 may send the body after all or leave it: what comes next can't be told from
  // it.
  is_body_refused_ = std::exchange(awaits_continue_, false);
  // And what follows a declined tunnel may have been meant for it, and must not be read as a request.
  if (!is_switching && incoming_ == Incoming::held) keep_alive_ = false;
  if (framing->body == Framing::until_close || is_body_refused_) keep_alive_ = false;
  framing->ending.close = !keep_alive_ && !is_switching;
  framing->ending.keep_alive = keep_alive_ && version_ == http::Version::h1_0;
  if (head.status == 101) framing->ending.upgrade = protocol_;
  if (!h1::write_response(output_.text(), head, framing->ending)) {
    return break_off({ErrorCode::internal, Origin::self, "the response can't be written in HTTP/1.1"});
  }
  is_head_sent_ = true;
  if (is_switching) {
    begin_tunnel(body);
    return read_on();
  }
  if (framing->body != Framing::none)
    output_.begin_body(*body, framing->body, framing->ending.length.value_or(0));
  if (incoming_ == Incoming::held) end_incoming();
  owner_.changed();
}

// HTTP/1.0 has no interim responses (RFC 9110 §15.2), and one 100 is enough.
void H1Codec::send_interim(const http::ResponseHead& head) {
  if (version_ == http::Version::h1_0 || (head.status == 100 && !awaits_continue_)) return;
  if (head.status == 100) awaits_continue_ = false;
  if (!h1::write_response(output_.text(), head, {})) {
    return break_off({ErrorCode::internal, Origin::self, "the response can't be written in HTTP/1.1"});
  }
  owner_.changed();
}

// An error is told to the stream and by is_finished().
void H1Codec::read_on() {
  (void)read();
  owner_.changed();
}

void H1Codec::handle_reset() {
  if (role_ == Role::client && !is_head_sent_) return release();  // the connection doesn't know of it yet
  break_off();
}

void H1Codec::handle_detached(H1Stream& stream) {
  if (stream.is_done_) return owner_.changed();  // it can be reaped
  if (role_ == Role::client) return handle_reset();
  if (!is_head_sent_ || !output_.release_body()) return break_off();
  if (incoming_ == Incoming::done) {
    settle();  // released now, or when what is left of the response was written
    return owner_.changed();
  }
  release();
  close_after_output();
}

// ---- In

Result<> H1Codec::read() {
  while (life_ < Life::closing && !input_.is_empty()) {
    const Parsed<Step> step = read_step();
    if (!step) return refuse(step.error());
    if (*step == Step::wait) break;
  }
  if (life_ < Life::closing && is_peer_ended_ && input_.is_empty()) handle_end();
  return {};
}

Parsed<H1Codec::Step> H1Codec::read_step() {
  switch (incoming_) {
    case Incoming::head:
      if (role_ == Role::client) return read_response();
      return current_ == nullptr ? read_request() : Step::wait;
    case Incoming::body: return read_body();
    case Incoming::held:
    case Incoming::done: return Step::wait;
  }
  std::unreachable();
}

Parsed<H1Codec::Step> H1Codec::read_request() {
  const Parsed<std::string_view> text = input_.head();
  if (!text) return std::unexpected(text.error());
  if (text->empty()) return Step::wait;
  Parsed<h1::ParsedRequest> request = h1::parse_request(*text, settings_.limits);
  if (!request) return std::unexpected(request.error());
  const Parsed<> target = h1::resolve_target(*request, peer_.is_encrypted ? "https" : "http");
  const Parsed<h1::MessageFraming> framing =
      target ? h1::frame_request(*request) : std::unexpected(target.error());
  H1Stream& stream = make_request(std::move(request->head), request->version);
  if (!framing) return std::unexpected(framing.error());
  input_.drop_head();

  begin_incoming(*framing);
  awaits_continue_ = incoming_ == Incoming::body && input_.is_empty() &&
                     http::expects_continue(*stream.in.request, version_);
  acceptor_->accept(stream);
  if (current_ != &stream) return Step::again;
  if (incoming_ == Incoming::done) end_incoming();
  if (awaits_continue_) owner_.changed();
  return Step::again;
}

Parsed<H1Codec::Step> H1Codec::read_response() {
  if (current_ == nullptr || !is_head_sent_) return h1::malformed("a response that nobody asked for");
  const Parsed<std::string_view> text = input_.head();
  if (!text) return std::unexpected(text.error());
  if (text->empty()) return Step::wait;
  Parsed<h1::ParsedResponse> response = h1::parse_response(*text, settings_.limits);
  if (!response) return std::unexpected(response.error());
  http::ResponseHead& head = response->head;

  if (head.is_interim() && head.status != 101) {
    input_.drop_head();
    if (++interim_heads_ > settings_.interim_heads_max) return h1::malformed("too many interim responses");
    http::remove_hop_by_hop(head.fields);
    current_->in.interim.push_back(std::move(head));
    current_->tell_owner();
    return Step::again;
  }

  const Parsed<h1::MessageFraming> framing = h1::frame_response(*response, asked_);
  if (!framing) return std::unexpected(framing.error());
  input_.drop_head();
  current_->version = response->version;
  current_->in.response = std::make_unique<http::ResponseHead>(std::move(head));
  begin_incoming(*framing);
  if (framing->body == Framing::tunnel) {
    begin_tunnel(tunnel_);
  } else if (incoming_ == Incoming::done) {
    end_incoming();
    return Step::again;
  }
  current_->tell_owner();
  return Step::again;
}

void H1Codec::begin_incoming(const h1::MessageFraming& framing) {
  keep_alive_ = framing.keep_alive && life_ == Life::open;
  reader_.begin(framing.body, framing.length);
  incoming_ = Incoming::body;
  if (framing.body == Framing::none) incoming_ = Incoming::done;
  if (framing.body == Framing::tunnel && role_ == Role::server) incoming_ = Incoming::held;
}

Parsed<H1Codec::Step> H1Codec::read_body() {
  const Parsed<h1::Progress> progress = reader_.read(input_.front(), current_->body());
  if (!progress) return std::unexpected(progress.error());
  input_.drop_front_if_used();
  current_->tell_owner();
  switch (*progress) {
    case h1::Progress::starved: return Step::again;
    case h1::Progress::blocked: return Step::wait;
    case h1::Progress::ended: end_incoming(); return Step::again;
  }
  std::unreachable();
}

// The peer's message is complete.
void H1Codec::end_incoming() {
  incoming_ = Incoming::done;
  http::Pipe* const pipe = current_->body();
  if (pipe != nullptr && !pipe->is_ended()) pipe->end();
  current_->in.ended = true;
  current_->tell_owner();
  settle();
}

// The peer has ended its side, and all it said before was taken in. A client may do that behind its request
// and wait for the answer; one that does so in the middle of the answer has had enough of it.
void H1Codec::handle_end() {
  if (current_ == nullptr) return close_after_output();
  if (incoming_ == Incoming::body && reader_.read_end(current_->body())) return end_incoming();
  if (role_ == Role::client || incoming_ == Incoming::body || is_head_sent_) {
    break_off(explain({ErrorCode::closed, peer_origin(), "the connection ended in the middle of a message"}));
  }
}

// ---- Out

void H1Codec::begin_tunnel(http::Pipe* body) {
  is_tunnel_ = true;
  keep_alive_ = false;
  incoming_ = Incoming::body;
  if (body != nullptr) output_.begin_body(*body, Framing::tunnel, 0);
}

// At the first flush after the request was accepted: whoever wanted to refuse it by its head has done so by
// then.
void H1Codec::answer_continue() {
  if (!std::exchange(awaits_continue_, false)) return;
  assert(current_ != nullptr && !is_head_sent_);
  h1::write_status_line(output_.text(), 100);
  output_.text() += "\r\n";
}

// ---- The message and the connection

H1Stream& H1Codec::make_stream() {
  assert(current_ == nullptr);
  ++requests_;
  streams_.push_back(std::make_unique<H1Stream>(*this));
  current_ = streams_.back().get();
  current_->peer = &peer_;
  return *current_;
}

H1Stream& H1Codec::make_request(http::RequestHead&& head, http::Version version) {
  H1Stream& stream = make_stream();
  stream.version = version_ = version;
  asked_ = {.is_head = head.method == "HEAD",
            .is_connect = head.method == "CONNECT",
            .is_upgrade = !head.protocol.empty()};
  protocol_ = head.protocol;
  stream.in.request = std::make_unique<http::RequestHead>(std::move(head));
  return stream;
}

// Ends the message if both sides of it are complete.
void H1Codec::settle() {
  if (current_ == nullptr || !is_head_sent_) return;
  if (is_tunnel_) {
    if (has_all_sent()) close_after_output();
    return;
  }
  if (role_ == Role::client) {
    if (incoming_ != Incoming::done) return;
    if (!has_all_sent()) {  // answered before it was heard out: the rest is of no use, and neither is the
                            // connection
      output_.drop();
      keep_alive_ = false;
    }
    return finish_message();
  }
  if (!has_all_sent()) return;
  if (incoming_ == Incoming::done) return finish_message();
  if (is_body_refused_) close_after_output();
}

void H1Codec::finish_message() {
  const bool may_go_on = keep_alive_ && life_ == Life::open;
  release();
  if (!may_go_on) close_after_output();
}

// The wire is done with the stream under way.
void H1Codec::release() {
  std::exchange(current_, nullptr)->is_done_ = true;
  incoming_ = Incoming::head;
  asked_ = {};
  protocol_.clear();
  tunnel_ = nullptr;
  interim_heads_ = 0;
  keep_alive_ = is_head_sent_ = is_tunnel_ = awaits_continue_ = is_body_refused_ = false;
  owner_.changed();
}

void H1Codec::close_after_output() {
  life_ = std::max(life_, Life::closing);
  input_.clear();
  owner_.changed();
}

// Ends the connection in the middle of a message.
void H1Codec::break_off() {
  is_cut_off_ = is_head_sent_;
  life_ = Life::finished;
  output_.drop();
  input_.clear();
  if (current_ != nullptr) release();
  owner_.changed();
}

void H1Codec::break_off(Error error) {
  if (current_ != nullptr) {
    current_->in.fault = error;
    current_->tell_owner();
  }
  break_off();
}

// The peer's bytes break the rules, or don't come. Nothing that follows can be told from the rest of them.
Result<> H1Codec::refuse(const h1::Refusal& refusal) {
  if (role_ == Role::client || is_head_sent_) {
    const Error error = h1::error_of(refusal, peer_origin());
    break_off(error);
    return std::unexpected(error);
  }
  H1Stream& stream = current_ != nullptr ? *current_ : make_request({}, http::Version::h1_1);
  input_.clear();
  incoming_ = Incoming::done;
  keep_alive_ = awaits_continue_ = false;
  stream.in.refusal = refusal;
  if (stream.has_owner()) {
    stream.tell_owner();
  } else {
    acceptor_->accept(stream);
  }
  owner_.changed();
  return {};
}

// See "refused" at the top of the header.
Error H1Codec::explain(Error error) const {
  const bool is_ending = error.code == ErrorCode::closed || error.code == ErrorCode::reset;
  if (role_ == Role::server || !is_ending || current_ == nullptr) return error;
  if (has_written_) return error;
  return {ErrorCode::refused, Origin::upstream, "the backend closed the connection before it answered"};
}

}  // namespace qp::codec

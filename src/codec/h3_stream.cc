#include "codec/h3_stream.h"

#include <algorithm>
#include <utility>

namespace qp::codec {

namespace {

H3Code code_of(http::Reason reason) {
  switch (reason) {
    case http::Reason::cancelled: return H3Code::request_cancelled;
    case http::Reason::rejected: return H3Code::request_rejected;
    case http::Reason::malformed: return H3Code::message_error;
    case http::Reason::internal: return H3Code::internal_error;
    case http::Reason::excessive_load: return H3Code::excessive_load;
  }
  return H3Code::internal_error;
}

}  // namespace

H3Stream::H3Stream(H3Shared& shared, int64_t id)
    : shared_(shared), id_(id), receiver_(shared, id), sender_(shared, id) {
  version = http::Version::h3;
  peer = &shared.peer;
}

// ---- The owner's side.

void H3Stream::send_head(const http::RequestHead& head, http::Pipe* body) {
  if (sender_.is_stopped()) return;
  if (head.method == "HEAD") receiver_.expect_no_content();
  sender_.push_section(H3HeadLines(head));
  sender_.begin(body);
  schedule();
}

void H3Stream::send_head(const http::ResponseHead& head, http::Pipe* body) {
  if (sender_.is_stopped()) return;
  sender_.push_section(H3HeadLines(head));
  if (!head.is_interim()) {
    is_answered_ = true;
    sender_.begin(body);
  }
  schedule();
}

void H3Stream::wake() {
  take_end();
  schedule();
}

void H3Stream::credit(uint64_t bytes) {
  bytes = std::min(bytes, uncredited_);  // what a deaf stream held was given back already
  if (bytes == 0) return;
  uncredited_ -= bytes;
  shared_.connection_credit += bytes;
  if (!in.ended) shared_.order(H3Order::Kind::extend_stream, id_, bytes);
  shared_.owner.changed();
}

void H3Stream::reset(http::Reason reason) {
  const H3Code code = code_of(reason);
  stop_listening(code);
  if (!sender_.is_end_sent()) stop_sending(code);
  give_back_credit();
}

void H3Stream::handle_detached() {
  take_end();  // the pipe is about to go
  if (!sender_.is_end_queued()) stop_sending(H3Code::request_cancelled);
  stop_listening(H3Code::no_error);
  give_back_credit();
  finish_if_done();
}

// ---- Incoming.

H3Result H3Stream::receive(H3Bytes bytes, bool fin) {
  const size_t total = bytes.size();
  kept_ = 0;
  H3Receiver::Found found = H3Receiver::Part::none;
  while (found && !is_deaf_) {
    found = receiver_.next(bytes);
    if (!found || *found == H3Receiver::Part::none) break;
    take(*found);
  }
  if (found && fin && !is_deaf_) {
    found = receiver_.finish();
    if (found) take(*found);
  }

  // Content opens the windows when its owner has used it; everything else has been used up by now.
  const uint64_t used = total - kept_;
  shared_.connection_credit += used;
  if (used > 0 && !fin && !is_deaf_) shared_.order(H3Order::Kind::extend_stream, id_, used);
  shared_.owner.changed();
  if (!found) return std::unexpected(found.error());
  return {};
}

void H3Stream::take(H3Receiver::Part part) {
  switch (part) {
    case H3Receiver::Part::none: return;
    case H3Receiver::Part::head: return take_head();
    case H3Receiver::Part::data: return take_data(receiver_.data());
    case H3Receiver::Part::end:
      in.ended = true;
      if (body() != nullptr) body()->end(receiver_.take_trailers());
      return tell_owner();
    case H3Receiver::Part::refused: return refuse(receiver_.refusal(), receiver_.take_request());
    case H3Receiver::Part::broken: return break_off(receiver_.flaw());
  }
}

void H3Stream::take_head() {
  if (shared_.role == Role::server) {
    in.request = receiver_.take_request();
    ListNode<AwaitedHeads>::unlink();
    if (const auto text = in.request->fields.find("priority")) priority_ = parse_priority(*text);
    shared_.acceptor->accept(*this);
    return;
  }
  std::unique_ptr<http::ResponseHead> head = receiver_.take_response();
  if (head->is_interim()) {
    in.interim.push_back(std::move(*head));
  } else {
    in.response = std::move(head);
  }
  tell_owner();
}

void H3Stream::take_data(H3Bytes data) {
  http::Pipe* pipe = body();
  if (pipe == nullptr) return;
  pipe->push(shared_.blocks.copy(data));
  uncredited_ += data.size();
  kept_ += data.size();
  tell_owner();
}

H3Result H3Stream::handle_reset(uint64_t code) {
  if (in.ended || is_deaf_) return {};
  const bool is_rejected = code == static_cast<uint64_t>(H3Code::request_rejected);
  set_fault(
      {is_rejected ? ErrorCode::refused : ErrorCode::reset, peer_origin(), "the peer has reset the stream"});
  return abandon(H3Code::request_cancelled);
}

H3Result H3Stream::handle_stopped(uint64_t code) {
  if (sender_.is_stopped() || sender_.is_end_sent()) return {};
  if (shared_.role == Role::client && code == static_cast<uint64_t>(H3Code::no_error)) {
    stop_sending(H3Code::no_error);  // no more of the request is wanted; the response goes on (§4.1)
    return {};
  }
  set_fault({ErrorCode::reset, peer_origin(), "the peer takes no more of the stream"});
  return abandon(H3Code::request_cancelled);
}

// The peer has taken the request back. One that nobody has answered was work for nothing.
H3Result H3Stream::abandon(H3Code code) {
  const bool is_for_nothing = shared_.role == Role::server && !is_answered_;
  stop_listening(code);
  stop_sending(code);
  give_back_credit();
  tell_owner();
  if (is_for_nothing && ++shared_.cancelled_requests > shared_.settings.cancelled_requests_max) {
    return h3_fail(H3Code::excessive_load, "too many requests were cancelled");
  }
  return {};
}

// ---- Outgoing.

bool H3Stream::offer(H3Chunk& chunk) {
  if (sender_.pull()) tell_owner();
  if (!sender_.has_work()) return false;
  sender_.offer(chunk);
  return true;
}

void H3Stream::taken(const H3Chunk& chunk, size_t bytes) {
  sender_.taken(chunk, bytes);
  if (sender_.is_end_sent()) {
    if (shared_.cancelled_requests > 0) --shared_.cancelled_requests;
    if (shared_.useless_frames > 0) --shared_.useless_frames;
  }
  const bool takes_turns = priority_.is_incremental || shared_.role == Role::client;
  if (!sender_.has_work()) {
    unschedule();
  } else if (takes_turns) {
    unschedule();
    schedule();
  }
}

void H3Stream::handle_blocked() {
  sender_.block();
  unschedule();
}

void H3Stream::handle_unblocked() {
  sender_.unblock();
  schedule();
}

void H3Stream::set_priority(H3Priority priority) {
  priority_ = priority;
  if (ListNode<SendingStreams>::is_linked()) {
    unschedule();
    schedule();
  }
}

void H3Stream::take_end() {
  if (!sender_.take_end()) return;
  schedule();
  tell_owner();
}

void H3Stream::schedule() {
  if (ListNode<SendingStreams>::is_linked() || !sender_.has_work()) return;
  shared_.schedule.add(*this, priority_);
  shared_.owner.changed();
}

// ---- Ends.

// A request that can't be taken is answered by its owner, and the rest of it is not wanted.
void H3Stream::refuse(const http::Answer& refusal, std::unique_ptr<http::RequestHead> head) {
  in.request = head != nullptr ? std::move(head) : std::make_unique<http::RequestHead>();
  in.refusal = refusal;
  stop_listening(H3Code::no_error);
  shared_.acceptor->accept(*this);
}

H3Result H3Stream::refuse_head() {
  if (auto cancelled = shared_.qpack.cancel(id_); !cancelled) {
    return h3_fail(H3Code::excessive_load, cancelled.error().detail);
  }
  refuse({408, "the request's head took too long"}, nullptr);
  return {};
}

void H3Stream::break_off(const H3Receiver::Flaw& flaw) {
  set_fault({flaw.error, peer_origin(), flaw.detail});
  stop_listening(flaw.code);
  stop_sending(flaw.code);
  give_back_credit();
  tell_owner();
}

void H3Stream::handle_goaway() {
  if (in.fault || in.ended) return;
  set_fault({ErrorCode::refused, peer_origin(), "the peer goes away and has not processed the request"});
  stop_listening(H3Code::request_cancelled);
  stop_sending(H3Code::request_cancelled);
  tell_owner();
}

void H3Stream::stop_listening(H3Code code) {
  if (is_deaf_ || in.ended || is_closed_) return;
  is_deaf_ = true;
  ListNode<AwaitedHeads>::unlink();
  shared_.order(H3Order::Kind::stop_stream, id_, static_cast<uint64_t>(code));
}

void H3Stream::stop_sending(H3Code code) {
  unschedule();
  if (sender_.stop()) shared_.order(H3Order::Kind::reset_stream, id_, static_cast<uint64_t>(code));
}

// The transport has obeyed a STOP_SENDING whose code it keeps to itself. To a client it means that no more of
// the request is wanted; what comes of the response is still to be seen.
H3Result H3Stream::handle_write_closed() {
  const H3Code code = shared_.role == Role::client ? H3Code::no_error : H3Code::request_cancelled;
  return handle_stopped(static_cast<uint64_t>(code));
}

void H3Stream::handle_closed() {
  if (!in.ended || !sender_.is_end_sent()) {
    set_fault({ErrorCode::reset, peer_origin(), "the stream was closed before its end"});
  }
  unschedule();
  ListNode<AwaitedHeads>::unlink();
  sender_.close();
  give_back_credit();
  is_closed_ = true;
  tell_owner();
  finish_if_done();
}

void H3Stream::abort(Error error) {
  if (is_closed_) return;
  if (!in.ended || !sender_.is_end_sent()) set_fault(error);
  handle_closed();
}

void H3Stream::set_fault(Error error) {
  if (!in.fault) in.fault = error;
}

void H3Stream::give_back_credit() {
  shared_.connection_credit += std::exchange(uncredited_, 0);
}

void H3Stream::finish_if_done() {
  if (!is_closed_ || has_owner() || ListNode<FinishedStreams>::is_linked()) return;
  shared_.finished.push_back(*this);
  // Only now, so that requests which somebody still works on count against the limit (rapid reset).
  if (shared_.role == Role::server) shared_.order(H3Order::Kind::allow_stream, id_, 1);
  shared_.owner.stream_finished();
}

}  // namespace qp::codec

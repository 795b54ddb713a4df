#include "codec/h3_stream.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "http/hop_by_hop.h"

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

void H3Schedule::add(H3Stream& stream, H3Priority priority) {
  levels_[priority.urgency].push_back(stream);
}

H3Stream* H3Schedule::first() const {
  for (const auto& level : levels_) {
    if (!level.empty()) return level.front();
  }
  return nullptr;
}

H3Stream::H3Stream(H3Shared& shared, int64_t id) : shared_(shared), id_(id), sender_(shared, id) {
  version = http::Version::h3;
  peer = &shared.peer;
}

// ---- The owner's side.

void H3Stream::send_head(const http::RequestHead& head, http::Pipe* body) {
  if (sender_.is_stopped()) return;
  is_method_head_ = head.method == "HEAD";
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
  H3Result result;
  while (result && !is_deaf_) {
    const H3FrameReader::Event event = reader_.next(bytes);
    if (event == H3FrameReader::Event::none) break;
    switch (event) {
      case H3FrameReader::Event::begin: result = begin_frame(); break;
      case H3FrameReader::Event::payload: result = handle_payload(reader_.payload()); break;
      case H3FrameReader::Event::end: result = end_frame(); break;
      case H3FrameReader::Event::none: break;
    }
  }
  if (result && fin && !is_deaf_) result = handle_end();

  // Content opens the windows when its owner has used it; everything else has been used up by now.
  const uint64_t used = total - kept_;
  shared_.connection_credit += used;
  if (used > 0 && !fin && !is_deaf_) shared_.order(H3Order::Kind::extend_stream, id_, used);
  shared_.owner.changed();
  return result;
}

H3Result H3Stream::begin_frame() {
  switch (reader_.type()) {
    case H3Frame::data: {
      if (phase_ != Phase::content)
        return h3_fail(H3Code::frame_unexpected, "DATA outside of a message's content");
      if (reader_.length() == 0 && ++shared_.useless_frames > shared_.settings.useless_frames_max) {
        return h3_fail(H3Code::excessive_load, "too many empty frames");
      }
      const uint64_t left = static_cast<uint64_t>(length_expected_ - length_received_);
      if (length_expected_ != H3HeadReader::kUnknownLength && reader_.length() > left) {
        fail_message(H3Code::message_error, ErrorCode::malformed,
                     "more content than its content-length says");
      }
      return {};
    }
    case H3Frame::headers:
      if (phase_ == Phase::trailers_read) return h3_fail(H3Code::frame_unexpected, "HEADERS behind trailers");
      section_.clear();
      if (reader_.length() > shared_.settings.head.head_bytes_max) {
        if (auto cancelled = shared_.qpack.cancel(id_); !cancelled) {
          return h3_fail(H3Code::excessive_load, cancelled.error().detail);
        }
        refuse({431, "the head is too large"}, nullptr);
      }
      return {};
    case H3Frame::push_promise:
      if (shared_.role == Role::client)
        return h3_fail(H3Code::id_error, "PUSH_PROMISE, but push was never allowed");
      [[fallthrough]];
    case H3Frame::h2_priority:
    case H3Frame::cancel_push:
    case H3Frame::settings:
    case H3Frame::h2_ping:
    case H3Frame::goaway:
    case H3Frame::h2_window_update:
    case H3Frame::h2_continuation:
    case H3Frame::max_push_id:
    case H3Frame::priority_update:
    case H3Frame::priority_update_push:
      return h3_fail(H3Code::frame_unexpected, "a frame that does not belong on a request stream");
  }
  if (++shared_.useless_frames > shared_.settings.useless_frames_max) {
    return h3_fail(H3Code::excessive_load, "too many frames of unknown types");
  }
  return {};  // unknown types are skipped (§9)
}

H3Result H3Stream::handle_payload(H3Bytes payload) {
  if (reader_.type() == H3Frame::data) take_data(payload);
  if (reader_.type() != H3Frame::headers) return {};
  if (payload.size() == reader_.length()) return handle_section(payload);  // the usual case, without a copy
  section_.append(reinterpret_cast<const char*>(payload.data()), payload.size());
  if (section_.size() < reader_.length()) return {};
  const H3Result result =
      handle_section({reinterpret_cast<const unsigned char*>(section_.data()), section_.size()});
  std::string().swap(section_);
  return result;
}

H3Result H3Stream::end_frame() {
  if (reader_.type() == H3Frame::headers && reader_.length() == 0) return handle_section({});
  return {};
}

H3Result H3Stream::handle_section(H3Bytes section) {
  using Kind = H3HeadReader::Kind;
  const bool is_head = phase_ == Phase::head;
  const Kind kind = !is_head ? Kind::trailers : shared_.role == Role::server ? Kind::request : Kind::response;
  H3HeadReader reader(kind, shared_.settings.head);
  if (auto decoded = shared_.qpack.decode(id_, section, reader); !decoded) {
    if (decoded.error().code == ErrorCode::exhausted) {
      return h3_fail(H3Code::excessive_load, decoded.error().detail);
    }
    if (decoded.error().code != ErrorCode::too_large) {
      return h3_fail(H3Code::qpack_decompression_failed, decoded.error().detail);
    }
    reader.give_up_too_large();
  }
  switch (reader.finish()) {
    case H3HeadReader::Verdict::fine: break;
    case H3HeadReader::Verdict::malformed:
      fail_message(H3Code::message_error, ErrorCode::malformed, "a malformed head or trailer section");
      return {};
    case H3HeadReader::Verdict::head_too_large:
      refuse({431, "the head is too large"}, reader.take_request());
      return {};
    case H3HeadReader::Verdict::uri_too_long:
      refuse({414, "the request target is too long"}, reader.take_request());
      return {};
  }
  if (is_head) {
    take_head(reader);
  } else {
    trailers_ = reader.take_trailers();
    http::remove_forbidden_trailers(trailers_);
    phase_ = Phase::trailers_read;
  }
  return {};
}

void H3Stream::take_head(H3HeadReader& reader) {
  if (shared_.role == Role::server) {
    in.request = reader.take_request();
    phase_ = Phase::content;
    ListNode<AwaitedHeads>::unlink();
    if (in.request->method != "CONNECT") length_expected_ = reader.content_length();
    read_priority();
    shared_.acceptor->accept(*this);
    return;
  }
  std::unique_ptr<http::ResponseHead> head = reader.take_response();
  if (head->is_interim()) {
    in.interim.push_back(std::move(*head));
  } else {
    const bool is_empty = is_method_head_ || head->status == 204 || head->status == 304;
    length_expected_ = is_empty ? 0 : reader.content_length();
    phase_ = Phase::content;
    in.response = std::move(head);
  }
  tell_owner();
}

void H3Stream::take_data(H3Bytes data) {
  length_received_ += static_cast<int64_t>(data.size());
  http::Pipe* pipe = body();
  if (pipe == nullptr) return;
  pipe->push(shared_.blocks.copy(data));
  uncredited_ += data.size();
  kept_ += data.size();
  tell_owner();
}

void H3Stream::read_priority() {
  if (const auto text = in.request->fields.find("priority")) priority_ = parse_priority(*text);
}

H3Result H3Stream::handle_end() {
  if (!reader_.is_between_frames()) return h3_fail(H3Code::frame_error, "the stream ends within a frame");
  if (phase_ == Phase::head) {
    const H3Code code = shared_.role == Role::server ? H3Code::request_incomplete : H3Code::message_error;
    fail_message(code, ErrorCode::malformed, "the stream ends before its head");
    return {};
  }
  if (length_expected_ != H3HeadReader::kUnknownLength && length_received_ != length_expected_) {
    fail_message(H3Code::message_error, ErrorCode::malformed, "less content than its content-length says");
    return {};
  }
  in.ended = true;
  if (body() != nullptr) body()->end(std::move(trailers_));
  tell_owner();
  return {};
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
  if (shared_.role != Role::server || phase_ != Phase::head) {
    fail_message(H3Code::excessive_load, ErrorCode::too_large, "a head or trailer section beyond our limits");
    return;
  }
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

void H3Stream::fail_message(H3Code code, ErrorCode error, const char* detail) {
  set_fault({error, peer_origin(), detail});
  stop_listening(code);
  stop_sending(code);
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

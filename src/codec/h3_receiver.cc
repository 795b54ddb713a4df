#include "codec/h3_receiver.h"

#include "http/hop_by_hop.h"

namespace qp::codec {

H3Receiver::Found H3Receiver::next(H3Bytes& in) {
  for (;;) {
    Found found = Part::none;
    switch (reader_.next(in)) {
      case H3FrameReader::Event::none: return Part::none;
      case H3FrameReader::Event::begin: found = begin_frame(); break;
      case H3FrameReader::Event::payload: found = take_payload(); break;
      case H3FrameReader::Event::end:
        if (reader_.type() == H3Frame::headers && reader_.length() == 0) found = take_section({});
        break;
    }
    if (!found || *found != Part::none) return found;
  }
}

H3Receiver::Found H3Receiver::begin_frame() {
  switch (reader_.type()) {
    case H3Frame::data: return begin_data();
    case H3Frame::headers: return begin_headers();
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
  return count_useless_frame("too many frames of unknown types");  // they are skipped (§9)
}

H3Receiver::Found H3Receiver::begin_data() {
  if (phase_ != Phase::content)
    return h3_fail(H3Code::frame_unexpected, "DATA outside of a message's content");
  if (reader_.length() == 0) {
    if (const Found counted = count_useless_frame("too many empty frames"); !counted) return counted;
  }
  const uint64_t left = static_cast<uint64_t>(length_expected_ - length_received_);
  if (length_expected_ != H3HeadReader::kUnknownLength && reader_.length() > left) {
    return broken({H3Code::message_error, ErrorCode::malformed, "more content than its content-length says"});
  }
  return Part::none;
}

H3Receiver::Found H3Receiver::begin_headers() {
  if (phase_ == Phase::trailers_read) return h3_fail(H3Code::frame_unexpected, "HEADERS behind trailers");
  section_.clear();
  if (reader_.length() <= shared_.settings.head.head_bytes_max) return Part::none;
  if (auto cancelled = shared_.qpack.cancel(id_); !cancelled) {
    return h3_fail(H3Code::excessive_load, cancelled.error().detail);
  }
  return refuse({431, "the head is too large"});
}

H3Receiver::Found H3Receiver::count_useless_frame(const char* detail) {
  if (++shared_.useless_frames > shared_.settings.useless_frames_max)
    return h3_fail(H3Code::excessive_load, detail);
  return Part::none;
}

H3Receiver::Found H3Receiver::take_payload() {
  const H3Bytes payload = reader_.payload();
  if (reader_.type() == H3Frame::data) {
    length_received_ += static_cast<int64_t>(payload.size());
    return Part::data;
  }
  if (reader_.type() != H3Frame::headers) return Part::none;
  if (payload.size() == reader_.length()) return take_section(payload);  // the usual case, without a copy
  section_.append(reinterpret_cast<const char*>(payload.data()), payload.size());
  if (section_.size() < reader_.length()) return Part::none;
  const Found found =
      take_section({reinterpret_cast<const unsigned char*>(section_.data()), section_.size()});
  std::string().swap(section_);
  return found;
}

H3Receiver::Found H3Receiver::take_section(H3Bytes section) {
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
  const H3HeadReader::Verdict verdict = reader.finish();
  if (kind == Kind::request) request_ = reader.take_request();
  switch (verdict) {
    case H3HeadReader::Verdict::fine: break;
    case H3HeadReader::Verdict::malformed:
      return broken({H3Code::message_error, ErrorCode::malformed, "a malformed head or trailer section"});
    case H3HeadReader::Verdict::head_too_large: return refuse({431, "the head is too large"});
    case H3HeadReader::Verdict::uri_too_long: return refuse({414, "the request target is too long"});
  }
  if (is_head) {
    take_head(reader);
    return Part::head;
  }
  trailers_ = reader.take_trailers();
  http::remove_forbidden_trailers(trailers_);
  phase_ = Phase::trailers_read;
  return Part::none;
}

void H3Receiver::take_head(H3HeadReader& reader) {
  if (shared_.role == Role::server) {
    phase_ = Phase::content;
    if (request_->method != "CONNECT") length_expected_ = reader.content_length();
    return;
  }
  response_ = reader.take_response();
  if (response_->is_interim()) return;
  phase_ = Phase::content;
  const bool is_empty = is_method_head_ || response_->status == 204 || response_->status == 304;
  length_expected_ = is_empty ? 0 : reader.content_length();
}

H3Receiver::Found H3Receiver::finish() {
  if (!reader_.is_between_frames()) return h3_fail(H3Code::frame_error, "the stream ends within a frame");
  if (phase_ == Phase::head) {
    const H3Code code = shared_.role == Role::server ? H3Code::request_incomplete : H3Code::message_error;
    return broken({code, ErrorCode::malformed, "the stream ends before its head"});
  }
  if (length_expected_ != H3HeadReader::kUnknownLength && length_received_ != length_expected_) {
    return broken({H3Code::message_error, ErrorCode::malformed, "less content than its content-length says"});
  }
  return Part::end;
}

// A request is still to be answered; anything else that is too large leaves nothing to be done.
H3Receiver::Found H3Receiver::refuse(const http::Answer& refusal) {
  if (shared_.role != Role::server || phase_ != Phase::head) {
    return broken(
        {H3Code::excessive_load, ErrorCode::too_large, "a head or trailer section beyond our limits"});
  }
  refusal_ = refusal;
  return Part::refused;
}

H3Receiver::Found H3Receiver::broken(const Flaw& flaw) {
  flaw_ = flaw;
  return Part::broken;
}

}  // namespace qp::codec

#include "codec/h3_peer_streams.h"

#include <algorithm>
#include <optional>

namespace qp::codec {

namespace {

// A frame of the control stream that we have to read whole is never longer than this, unless somebody tests
// us.
constexpr uint64_t kControlFrameBytesMax = 4096;
constexpr size_t kSettingsMax = 64;

enum class StreamType : uint64_t { control = 0, push = 1, qpack_encoder = 2, qpack_decoder = 3 };
enum class Setting : uint64_t { qpack_table_bytes = 0x1, head_bytes_max = 0x6, qpack_blocked_streams = 0x7 };

bool is_wanted(H3Frame type) {
  return type == H3Frame::settings || type == H3Frame::goaway || type == H3Frame::max_push_id ||
         type == H3Frame::priority_update;
}

std::optional<uint64_t> take_number(H3Bytes& bytes) {
  VarintReader reader;
  if (!reader.read(bytes)) return {};
  return reader.value();
}

std::string_view text_of(H3Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

H3Result H3PeerStreams::receive(int64_t id, H3Bytes bytes, bool fin) {
  Incoming& stream = streams_[id];
  if (stream.type == Type::unknown_yet && stream.type_number.read(bytes)) {
    if (auto taken = take_type(id, stream); !taken) return taken;
  }
  H3Result result;
  switch (stream.type) {
    case Type::unknown_yet:
    case Type::ignored: return {};
    case Type::control: result = receive_control(bytes); break;
    case Type::qpack_encoder:
      if (auto read = shared_.qpack.handle_encoder_stream(bytes); !read) {
        return h3_fail(H3Code::qpack_encoder_stream_error, read.error().detail);
      }
      break;
    case Type::qpack_decoder:
      if (auto read = shared_.qpack.handle_decoder_stream(bytes); !read) {
        return h3_fail(H3Code::qpack_decoder_stream_error, read.error().detail);
      }
      break;
  }
  if (result && fin) return h3_fail(H3Code::closed_critical_stream, "a critical stream was closed");
  return result;
}

H3Result H3PeerStreams::handle_reset(int64_t id) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || !is_critical(found->second.type)) return {};
  return h3_fail(H3Code::closed_critical_stream, "a critical stream was reset");
}

H3Result H3PeerStreams::take_type(int64_t id, Incoming& stream) {
  switch (static_cast<StreamType>(stream.type_number.value())) {
    case StreamType::control: stream.type = Type::control; break;
    case StreamType::qpack_encoder: stream.type = Type::qpack_encoder; break;
    case StreamType::qpack_decoder: stream.type = Type::qpack_decoder; break;
    case StreamType::push:
      if (shared_.role == Role::server) return h3_fail(H3Code::stream_creation_error, "a client can't push");
      return h3_fail(H3Code::id_error, "a push that was never allowed");
    default:
      stream.type = Type::ignored;
      owner_.peer_stream_ignored(id);
      return {};
  }
  const uint32_t bit = 1u << static_cast<uint32_t>(stream.type);
  if ((critical_seen_ & bit) != 0) {
    return h3_fail(H3Code::stream_creation_error, "a second control or QPACK stream of the same kind");
  }
  critical_seen_ |= bit;
  return {};
}

H3Result H3PeerStreams::receive_control(H3Bytes bytes) {
  H3Result result;
  while (result) {
    const H3FrameReader::Event event = reader_.next(bytes);
    if (event == H3FrameReader::Event::none) break;
    if (event == H3FrameReader::Event::begin) {
      result = begin_frame();
    } else if (event == H3FrameReader::Event::end) {
      result = end_frame();
    } else if (is_wanted(reader_.type())) {
      payload_.append(text_of(reader_.payload()));
    }
  }
  return result;
}

H3Result H3PeerStreams::begin_frame() {
  payload_.clear();
  const H3Frame type = reader_.type();
  if (!has_settings_ && type != H3Frame::settings) {
    return h3_fail(H3Code::missing_settings, "the control stream does not begin with SETTINGS");
  }
  const bool is_server = shared_.role == Role::server;
  switch (type) {
    case H3Frame::settings:
      if (has_settings_) return h3_fail(H3Code::frame_unexpected, "a second SETTINGS frame");
      break;
    case H3Frame::goaway: break;
    case H3Frame::cancel_push: return h3_fail(H3Code::id_error, "CANCEL_PUSH, but there was no push");
    case H3Frame::max_push_id:
      if (!is_server) return h3_fail(H3Code::frame_unexpected, "MAX_PUSH_ID from a server");
      break;
    case H3Frame::priority_update:
      if (!is_server) return h3_fail(H3Code::frame_unexpected, "PRIORITY_UPDATE from a server");
      [[fallthrough]];
    default:
      // Prioritising again and again is legal, and work for us.
      if (++shared_.useless_frames > shared_.settings.useless_frames_max) {
        return h3_fail(H3Code::excessive_load, "too many frames on the control stream");
      }
      break;
    case H3Frame::priority_update_push:
      return h3_fail(H3Code::id_error, "PRIORITY_UPDATE of a push that never was");
    case H3Frame::data:
    case H3Frame::headers:
    case H3Frame::push_promise:
    case H3Frame::h2_priority:
    case H3Frame::h2_ping:
    case H3Frame::h2_window_update:
    case H3Frame::h2_continuation:
      return h3_fail(H3Code::frame_unexpected, "a frame that does not belong on the control stream");
  }
  if (is_wanted(type) && reader_.length() > kControlFrameBytesMax) {
    return h3_fail(H3Code::excessive_load, "a very long frame on the control stream");
  }
  return {};
}

H3Result H3PeerStreams::end_frame() {
  H3Bytes payload{reinterpret_cast<const unsigned char*>(payload_.data()), payload_.size()};
  const H3Frame type = reader_.type();
  if (!is_wanted(type)) return {};
  if (type == H3Frame::settings) return handle_settings(payload);
  const std::optional<uint64_t> id = take_number(payload);
  if (!id || (type != H3Frame::priority_update && !payload.empty())) {
    return h3_fail(H3Code::frame_error, "a frame of the wrong length");
  }
  if (type == H3Frame::goaway) return owner_.peer_goaway(*id);
  if (type == H3Frame::priority_update) return owner_.peer_priority(*id, text_of(payload));
  if (*id < push_id_max_) return h3_fail(H3Code::id_error, "MAX_PUSH_ID goes down");
  push_id_max_ = *id;
  return {};
}

H3Result H3PeerStreams::handle_settings(H3Bytes payload) {
  has_settings_ = true;
  H3PeerSettings settings;
  std::vector<uint64_t> seen;
  while (!payload.empty()) {
    const std::optional<uint64_t> id = take_number(payload);
    const std::optional<uint64_t> value = take_number(payload);
    if (!id || !value) return h3_fail(H3Code::frame_error, "SETTINGS of the wrong length");
    if (seen.size() == kSettingsMax) return h3_fail(H3Code::excessive_load, "too many settings");
    if (std::ranges::find(seen, *id) != seen.end()) return h3_fail(H3Code::settings_error, "a setting twice");
    seen.push_back(*id);
    if (auto handled = handle_setting(*id, *value, settings); !handled) return handled;
  }
  owner_.peer_settings(settings);
  return {};
}

H3Result H3PeerStreams::handle_setting(uint64_t id, uint64_t value, H3PeerSettings& settings) {
  switch (static_cast<Setting>(id)) {
    case Setting::qpack_table_bytes: settings.qpack_table_bytes = value; return {};
    case Setting::qpack_blocked_streams: settings.qpack_blocked_streams = value; return {};
    case Setting::head_bytes_max: return {};  // advice that a proxy can't follow: it did not write the head
  }
  const bool is_of_h2 = id == 0x0 || (id >= 0x2 && id <= 0x5);  // §7.2.4.1
  if (is_of_h2) return h3_fail(H3Code::settings_error, "a setting of HTTP/2");
  return {};
}

}  // namespace qp::codec

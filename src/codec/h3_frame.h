// HTTP/3 frames (RFC 9114 §7): their numbers, and a reader that finds them in a stream that arrives in any
// pieces.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace qp::codec {

using H3Bytes = std::span<const unsigned char>;

enum class H3Frame : uint64_t {
  data = 0x0,
  headers = 0x1,
  h2_priority = 0x2,
  cancel_push = 0x3,
  settings = 0x4,
  push_promise = 0x5,
  h2_ping = 0x6,
  goaway = 0x7,
  h2_window_update = 0x8,
  h2_continuation = 0x9,
  max_push_id = 0xd,
  priority_update = 0xf0700,  // RFC 9218 §7.2; of a request
  priority_update_push = 0xf0701,
};

// RFC 9114 §8.1, RFC 9204 §6.
enum class H3Code : uint64_t {
  no_error = 0x100,
  general_protocol_error = 0x101,
  internal_error = 0x102,
  stream_creation_error = 0x103,
  closed_critical_stream = 0x104,
  frame_unexpected = 0x105,
  frame_error = 0x106,
  excessive_load = 0x107,
  id_error = 0x108,
  settings_error = 0x109,
  missing_settings = 0x10a,
  request_rejected = 0x10b,
  request_cancelled = 0x10c,
  request_incomplete = 0x10d,
  message_error = 0x10e,
  qpack_decompression_failed = 0x200,
  qpack_encoder_stream_error = 0x201,
  qpack_decoder_stream_error = 0x202,
};

// A variable-length integer (RFC 9000 §16) that may arrive byte by byte. The first byte tells the length.
class VarintReader {
 public:
  // Takes what it needs from the front of `in`; true once the value is whole. Then reset() before the next
  // one.
  bool read(H3Bytes& in) {
    while (!in.empty() && !is_whole()) {
      const unsigned char byte = in.front();
      in = in.subspan(1);
      if (seen_ == 0) {
        wanted_ = static_cast<uint8_t>(1u << (byte >> 6));
        value_ = byte & 0x3f;
      } else {
        value_ = value_ << 8 | byte;
      }
      ++seen_;
    }
    return is_whole();
  }
  uint64_t value() const { return value_; }
  bool is_fresh() const { return seen_ == 0; }
  void reset() { seen_ = wanted_ = 0; }

 private:
  bool is_whole() const { return seen_ > 0 && seen_ == wanted_; }

  uint64_t value_ = 0;
  uint8_t seen_ = 0;
  uint8_t wanted_ = 0;
};

constexpr size_t kVarintBytesMax = 8;

// Writes `value` in its shortest form; `to` has room for kVarintBytesMax. Returns how many bytes it took.
inline size_t write_varint(std::span<unsigned char> to, uint64_t value) {
  const auto bits = std::bit_width(value);
  const unsigned exponent = bits <= 6 ? 0 : bits <= 14 ? 1 : bits <= 30 ? 2 : 3;
  const size_t size = size_t{1} << exponent;
  for (size_t i = 0; i < size; ++i)
    to[i] = static_cast<unsigned char>(value >> 8 * (size - 1 - i));
  to[0] = static_cast<unsigned char>(to[0] | exponent << 6);
  return size;
}

constexpr size_t kFrameHeaderBytesMax = 2 * kVarintBytesMax;

inline size_t write_frame_header(std::span<unsigned char> to, H3Frame type, uint64_t payload_bytes) {
  const size_t size = write_varint(to, static_cast<uint64_t>(type));
  return size + write_varint(to.subspan(size), payload_bytes);
}

//   type ──> length ──> payload ─┐
//    ^───────────────────────────┘
class H3FrameReader {
 public:
  enum class Event : uint8_t { none, begin, payload, end };

  // What comes next in `in`, which loses what was read. `none`: it is used up. `begin`: type() and length()
  // are known. `payload`: payload() has a part of it. `end`: the frame is complete.
  Event next(H3Bytes& in) {
    if (!is_in_payload_) {
      if (!has_type_) {
        if (!number_.read(in)) return Event::none;
        type_ = static_cast<H3Frame>(number_.value());
        number_.reset();
        has_type_ = true;
      }
      if (!number_.read(in)) return Event::none;
      length_ = left_ = number_.value();
      number_.reset();
      is_in_payload_ = true;
      return Event::begin;
    }
    if (left_ == 0) {
      is_in_payload_ = has_type_ = false;
      return Event::end;
    }
    if (in.empty()) return Event::none;
    payload_ = in.first(static_cast<size_t>(std::min<uint64_t>(left_, in.size())));
    in = in.subspan(payload_.size());
    left_ -= payload_.size();
    return Event::payload;
  }

  H3Frame type() const { return type_; }
  uint64_t length() const { return length_; }
  H3Bytes payload() const { return payload_; }
  bool is_between_frames() const { return !has_type_ && number_.is_fresh(); }

 private:
  VarintReader number_;
  H3Frame type_ = H3Frame::data;
  uint64_t length_ = 0;
  uint64_t left_ = 0;
  H3Bytes payload_;
  bool has_type_ = false;
  bool is_in_payload_ = false;
};

}  // namespace qp::codec

// Field compression (RFC 9204) of one HTTP/3 connection, over nghttp3: field sections to lines of text and
// back, and the bytes of the two streams that keep the dynamic tables of both ends in step.
//
// We let no peer block us: SETTINGS_QPACK_BLOCKED_STREAMS is 0, so every section can be decoded when it is
// here.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "base/slice.h"
#include "codec/h3_frame.h"

struct nghttp3_qpack_encoder;
struct nghttp3_qpack_decoder;

namespace qp::codec {

struct FieldLine {
  std::string_view name;
  std::string_view value;
};

// Where a decoded section goes, line by line. False: enough, the rest isn't wanted.
class FieldSink {
 public:
  virtual bool add_line(FieldLine line) = 0;

 protected:
  ~FieldSink() = default;
};

class H3Qpack {
 public:
  struct Limits {
    uint32_t decoder_table_bytes = 4096;    // what we offer the peer
    uint32_t encoder_table_bytes = 4096;    // what we use of what the peer offers
    uint32_t encoder_blocked_streams = 64;  // the same
    uint32_t streams_max = 100;             // how many cancellations may wait to be sent follows from it
  };
  H3Qpack(const Limits& limits, uint64_t seed);
  H3Qpack(const H3Qpack&) = delete;
  H3Qpack& operator=(const H3Qpack&) = delete;
  ~H3Qpack();

  // The peer's SETTINGS.
  void allow_encoder(uint64_t table_bytes, uint64_t blocked_streams);

  // Decodes a whole section. too_large: one of its fields is, and the section was given up. Any other error
  // is one of the connection: the dynamic table can't be trusted any more.
  Result<> decode(int64_t stream, H3Bytes section, FieldSink& sink);
  // A stream was given up before its sections were decoded (RFC 9204 §2.2.2.2).
  Result<> cancel(int64_t stream);

  // A HEADERS frame with these lines.
  Slice encode(int64_t stream, std::span<const FieldLine> lines, BlockPool& blocks);

  Result<> handle_encoder_stream(H3Bytes bytes);  // the peer's
  Result<> handle_decoder_stream(H3Bytes bytes);

  // What has to go out on our encoder and decoder streams; empty when there is nothing.
  Slice take_encoder_stream(BlockPool& blocks);
  Slice take_decoder_stream(BlockPool& blocks);
  size_t decoder_stream_bytes() const;  // that wait to be taken

 private:
  struct Buffers;
  nghttp3_qpack_encoder* encoder_ = nullptr;
  nghttp3_qpack_decoder* decoder_ = nullptr;
  std::unique_ptr<Buffers> buffers_;
  Limits limits_;
};

}  // namespace qp::codec

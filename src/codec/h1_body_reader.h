// Takes the body of one incoming message out of the connection's bytes, into a pipe: as long as the pipe has
// room, and not a byte further than the message goes. Body bytes are passed on as the slices they came in.
//
// Chunks (RFC 9112 §7.1):
//
//   size ─► extension_gap ─► extension ─► size_end ─► data ─► data_cr ─► data_lf ─► size
//     └──────────────────────────────────────┘  └─ size 0 ─► trailers ─► done
#pragma once
#include <cstdint>
#include <string>

#include "base/slice.h"
#include "codec/h1_framing.h"
#include "http/pipe.h"

namespace qp::codec::h1 {

enum class Progress : uint8_t {
  starved,  // the input is used up
  blocked,  // the pipe is full
  ended,    // the message is complete and the pipe was told so
};

class BodyReader {
 public:
  explicit BodyReader(const HeadLimits& limits)
      : limits_(limits), trailers_scanner_(Section::trailers, limits) {}

  void begin(Framing framing, uint64_t length);
  // `pipe` may be null: then nobody wants the bytes.
  Parsed<Progress> read(Slice& input, http::Pipe* pipe);
  // The connection ended in an orderly way: true if that completes the message.
  bool read_end(http::Pipe* pipe);

 private:
  enum class State : uint8_t {
    size,
    extension_gap,
    extension,
    size_end,
    data,
    data_cr,
    data_lf,
    trailers,
    until_end,
    done
  };

  Parsed<> read_chunk_byte(char c);
  Parsed<> read_size_digit(char c);
  Parsed<> read_extension_byte(char c);
  Parsed<> read_trailers(Slice& input, http::Pipe* pipe);
  static uint32_t move(Slice& input, uint64_t bytes_max, http::Pipe* pipe);

  HeadLimits limits_;
  State state_ = State::done;
  bool is_chunked_ = false;
  uint8_t size_digits_ = 0;
  uint16_t extension_bytes_ = 0;
  uint64_t left_ = 0;  // of the chunk, or of the body
  HeadScanner trailers_scanner_;
  std::string trailers_text_;
};

}  // namespace qp::codec::h1

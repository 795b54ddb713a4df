#include "codec/h1_body_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "codec/h1_syntax.h"
#include "http/hop_by_hop.h"

namespace qp::codec::h1 {

namespace {

constexpr uint8_t kSizeDigitsMax = 15;        // 60 bits: no sum of ours can overflow
constexpr uint16_t kExtensionBytesMax = 256;  // of one chunk; signatures of object stores take about 90

void end_pipe(http::Pipe* pipe) {
  if (pipe != nullptr) pipe->end();
}

}  // namespace

void BodyReader::begin(Framing framing, uint64_t length) {
  is_chunked_ = framing == Framing::chunked;
  left_ = length;
  size_digits_ = 0;
  switch (framing) {
    case Framing::none: state_ = State::done; return;
    case Framing::length: state_ = State::data; return;
    case Framing::chunked: state_ = State::size; return;
    case Framing::until_close:
    case Framing::tunnel: state_ = State::until_end; return;
  }
}

Parsed<Progress> BodyReader::read(Slice& input, http::Pipe* pipe) {
  while (state_ != State::done) {
    if (state_ == State::data && left_ == 0) {
      state_ = is_chunked_ ? State::data_cr : State::done;
      if (!is_chunked_) end_pipe(pipe);
      continue;
    }
    if (input.empty()) return Progress::starved;
    if (state_ == State::data || state_ == State::until_end) {
      const bool is_bounded = state_ == State::data;
      const uint32_t moved = move(input, is_bounded ? left_ : std::numeric_limits<uint64_t>::max(), pipe);
      if (moved == 0) return Progress::blocked;
      if (is_bounded) left_ -= moved;
    } else if (state_ == State::trailers) {
      if (auto read = read_trailers(input, pipe); !read) return std::unexpected(read.error());
    } else {
      if (auto read = read_chunk_byte(input.text().front()); !read) return std::unexpected(read.error());
      input.remove_prefix(1);
    }
  }
  return Progress::ended;
}

bool BodyReader::read_end(http::Pipe* pipe) {
  if (state_ != State::until_end) return false;
  state_ = State::done;
  end_pipe(pipe);
  return true;
}

// How much went over: as much as there is, as is due, and as there is room for.
uint32_t BodyReader::move(Slice& input, uint64_t bytes_max, http::Pipe* pipe) {
  const uint32_t room = pipe == nullptr ? input.size() : pipe->room();
  const uint32_t bytes =
      std::min({input.size(), room, static_cast<uint32_t>(std::min<uint64_t>(bytes_max, room))});
  if (bytes > 0 && pipe != nullptr) pipe->push(input.sub(0, bytes));
  input.remove_prefix(bytes);
  return bytes;
}

Parsed<> BodyReader::read_chunk_byte(char c) {
  switch (state_) {
    case State::size:
      if (is(c, kHex)) return read_size_digit(c);
      if (size_digits_ == 0) return malformed("a chunk without a size");
      return read_extension_byte(c);
    case State::extension_gap:
    case State::extension: return read_extension_byte(c);
    case State::size_end:
      if (c != '\n') return malformed("a chunk's size doesn't end with CR LF");
      size_digits_ = 0;
      extension_bytes_ = 0;
      state_ = left_ > 0 ? State::data : State::trailers;
      return {};
    case State::data_cr:
      if (c != '\r') return malformed("a chunk is longer than its size");
      state_ = State::data_lf;
      return {};
    case State::data_lf:
      if (c != '\n') return malformed("a chunk doesn't end with CR LF");
      state_ = State::size;
      left_ = 0;
      return {};
    case State::data:
    case State::trailers:
    case State::until_end:
    case State::done: break;
  }
  std::unreachable();
}

Parsed<> BodyReader::read_size_digit(char c) {
  if (++size_digits_ > kSizeDigitsMax) return malformed("a chunk is too large");
  const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
  left_ = left_ << 4 | static_cast<uint64_t>(digit);
  return {};
}

// What follows a size: nothing, or `;` and text that nobody here looks at, with blanks before it at most.
Parsed<> BodyReader::read_extension_byte(char c) {
  if (c == '\r') {
    if (state_ == State::extension_gap) return malformed("a blank after a chunk's size");
    state_ = State::size_end;
    return {};
  }
  if (state_ != State::extension) {
    if (c != ';' && !is_blank(c)) return malformed("a chunk's size can't be read");
    state_ = c == ';' ? State::extension : State::extension_gap;
  }
  if (!is(c, kText)) return malformed("a control character in a chunk extension");
  if (++extension_bytes_ > kExtensionBytesMax) return malformed("a chunk extension is too long");
  return {};
}

Parsed<> BodyReader::read_trailers(Slice& input, http::Pipe* pipe) {
  const size_t before = trailers_text_.size();
  trailers_text_ += input.text();
  const Parsed<size_t> size = trailers_scanner_.scan(trailers_text_);
  if (!size) return std::unexpected(size.error());
  input.remove_prefix(*size == 0 ? input.size() : static_cast<uint32_t>(*size - before));
  if (*size == 0) return {};

  http::Trailers trailers;
  const std::string text = std::exchange(trailers_text_, {});
  trailers_scanner_.reset();
  if (auto parsed = parse_fields(std::string_view(text).substr(0, *size), limits_, trailers); !parsed)
    return parsed;
  http::remove_forbidden_trailers(trailers);
  if (pipe != nullptr) pipe->end(std::move(trailers));
  state_ = State::done;
  return {};
}

}  // namespace qp::codec::h1

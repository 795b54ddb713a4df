// What one HTTP/1.x connection has to write. Text (heads, chunk framing) lies here; body bytes stay in their
// Pipe and are written straight out of it, one run at a time:
//
//   before_            run_ bytes of the pipe          after_
//   heads, chunk size  |------------------------|      the chunk's end, the last chunk
//
// A run is all that is ready when it is cut, as one chunk where the body is chunked.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "codec/h1_framing.h"
#include "http/pipe.h"

namespace qp::codec::h1 {

class Output {
 public:
  using Piece = std::span<const unsigned char>;

  // For heads: to be appended to while no body is under way.
  std::string& text() { return before_; }

  // `body` stays valid until has_body() is false, or drop_body().
  void begin_body(http::Pipe& body, Framing framing, uint64_t length);
  // What was promised can't be written any more, nor what waits.
  void drop();
  // Lets go of a pipe that has ended and was taken whole. False: it wasn't.
  bool release_body();
  bool has_body() const { return body_ != nullptr; }
  bool is_empty() const { return before_.empty() && run_ == 0 && after_.empty(); }

  // False: the body isn't as long as was said in its head.
  [[nodiscard]] bool cut_run();
  size_t gather(std::span<Piece> pieces, uint64_t bytes_max) const;
  // How many of the `bytes` were the body's.
  uint64_t sent(uint64_t bytes);

 private:
  void cut_chunk(uint64_t bytes);
  static uint64_t consume(std::string& text, size_t& consumed, uint64_t bytes);

  std::string before_;
  std::string after_;
  size_t before_sent_ = 0;
  size_t after_sent_ = 0;
  http::Pipe* body_ = nullptr;
  Framing framing_ = Framing::none;
  bool is_last_run_ = false;
  uint64_t run_ = 0;
  uint64_t left_ = 0;  // of a body with a length, runs already cut not counted
};

}  // namespace qp::codec::h1

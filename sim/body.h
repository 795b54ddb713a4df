// Bodies whose every byte follows from a number and its place, so that both ends of the world know what has
// to arrive without telling each other.
#pragma once
#include <cstdint>

#include "base/random.h"
#include "base/slice.h"
#include "http/pipe.h"

namespace qp::sim {

// Puts a body into a pipe, part by part, and ends it.
class BodyWriter {
 public:
  BodyWriter(uint64_t number, uint64_t bytes) : number_(number), bytes_(bytes) {}

  // One random part, as far as the pipe has room; true if anything was said, be it the end.
  bool write(http::Pipe& pipe, BlockPool& blocks, Random& random, uint32_t part_bytes_max);
  uint64_t written() const { return written_; }
  uint64_t bytes() const { return bytes_; }

 private:
  uint64_t number_;
  uint64_t bytes_;
  uint64_t written_ = 0;
};

// Takes what has arrived in a pipe and compares it.
class BodyReader {
 public:
  explicit BodyReader(uint64_t number) : number_(number) {}

  // At most so many bytes; false: they are not the ones that were sent.
  bool read(http::Pipe& pipe, uint64_t bytes_max);
  uint64_t bytes() const { return bytes_; }

 private:
  uint64_t number_;
  uint64_t bytes_ = 0;
};

}  // namespace qp::sim

#include "body.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

namespace qp::sim {

namespace {

unsigned char byte_at(uint64_t number, uint64_t offset) {
  uint64_t mixed = (number << 32) + offset / 8;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return static_cast<unsigned char>(mixed >> (offset % 8 * 8));
}

}  // namespace

bool BodyWriter::write(http::Pipe& pipe, BlockPool& blocks, Random& random, uint32_t part_bytes_max) {
  if (pipe.is_ended()) return false;
  if (written_ == bytes_) {
    pipe.end();
    return true;
  }
  const uint64_t most =
      std::min<uint64_t>({pipe.room(), part_bytes_max, bytes_ - written_, BlockPool::kBlockBytes});
  if (most == 0) return false;
  const uint32_t size = 1 + random.below(static_cast<uint32_t>(most));
  const std::span<unsigned char> part = blocks.tail(size);
  for (uint32_t i = 0; i < size; ++i)
    part[i] = byte_at(number_, written_ + i);
  pipe.push(blocks.commit(size));
  written_ += size;
  return true;
}

bool BodyReader::read(http::Pipe& pipe, uint64_t bytes_max) {
  while (bytes_max > 0 && pipe.ready() > 0) {
    const Slice slice = pipe.take_slice(static_cast<uint32_t>(std::min<uint64_t>(bytes_max, UINT32_MAX)));
    bytes_max -= slice.size();
    for (const unsigned char byte : slice.bytes()) {
      if (byte != byte_at(number_, bytes_++)) return false;
    }
  }
  return true;
}

}  // namespace qp::sim

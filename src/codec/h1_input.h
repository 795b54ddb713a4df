// What one HTTP/1.x connection has received and not used yet. A head that lies in one slice is looked at
// where it is; only one that is cut is gathered.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/slice.h"
#include "codec/h1_parser.h"

namespace qp::codec::h1 {

class Input {
 public:
  Input(Section section, const HeadLimits& limits) : scanner_(section, limits) {}

  void push(Slice slice);
  bool is_empty() const { return slices_.empty(); }
  void clear();

  // The complete head at the front, valid until drop_head(); empty while there is none.
  Parsed<std::string_view> head();
  void drop_head();
  // A head has begun, and all that there is of it was gathered.
  bool has_partial_head() const { return !gathered_.empty(); }

  // For bodies: the slice to use up next. Not empty unless is_empty().
  Slice& front() { return slices_.front(); }
  void drop_front_if_used();

 private:
  std::vector<Slice> slices_;  // one, mostly: the connection stops reading while there are any
  HeadScanner scanner_;
  std::string gathered_;
  uint32_t head_bytes_ = 0;  // of the complete head in the first slice
};

}  // namespace qp::codec::h1

// Streams with something to send, by urgency (RFC 9218 §10): a lower number first. Within one urgency, a
// stream that can be used in parts takes turns with others; the rest are served one after the other.
#pragma once
#include <array>

#include "base/list.h"
#include "codec/h3_priority.h"

namespace qp::codec {

class H3Stream;
struct SendingStreams;

class H3Schedule {
 public:
  void add(H3Stream& stream, H3Priority priority);
  H3Stream* first() const;

 private:
  std::array<List<H3Stream, SendingStreams>, H3Priority::kLevels> levels_;
};

}  // namespace qp::codec

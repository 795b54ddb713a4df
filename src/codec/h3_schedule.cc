#include "codec/h3_schedule.h"

#include "codec/h3_stream.h"

namespace qp::codec {

void H3Schedule::add(H3Stream& stream, H3Priority priority) {
  levels_[priority.urgency].push_back(stream);
}

H3Stream* H3Schedule::first() const {
  for (const auto& level : levels_) {
    if (!level.empty()) return level.front();
  }
  return nullptr;
}

}  // namespace qp::codec

#include "server/output_lines.h"

#include <algorithm>
#include <utility>

namespace qp::server {

std::vector<std::string> OutputLines::take(std::string_view text, TimePoint now) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view piece = text.substr(0, end);
    line_.append(piece.substr(0, kLineBytesMax - std::min(kLineBytesMax, line_.size())));
    if (end == std::string_view::npos) break;
    end_line(now, lines);
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::vector<std::string> OutputLines::take_rest(TimePoint now) {
  std::vector<std::string> lines;
  end_line(now, lines);
  return lines;
}

void OutputLines::end_line(TimePoint now, std::vector<std::string>& lines) {
  std::string line = std::exchange(line_, {});
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) return;
  if (now - second_began_ >= std::chrono::seconds(1)) {
    second_began_ = now;
    lines_in_second_ = 0;
  }
  if (lines_in_second_ == kLinesPerSecondMax) {
    ++left_out_;
    return;
  }
  ++lines_in_second_;
  if (left_out_ > 0) lines.push_back("(lines left out: " + std::to_string(std::exchange(left_out_, 0)) + ")");
  lines.push_back(std::move(line));
}

}  // namespace qp::server

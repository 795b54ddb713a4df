// Lines out of what a program writes, for the log: long ones are cut, and of too many in one second the rest
// is counted and left out.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace qp::server {

class OutputLines {
 public:
  static constexpr size_t kLineBytesMax = 1024;
  static constexpr uint32_t kLinesPerSecondMax = 50;

  // The lines that end in `text`, empty ones left out. Where lines were left out before them, a line says how
  // many.
  std::vector<std::string> take(std::string_view text, TimePoint now);
  // What stands at the end without an end of line.
  std::vector<std::string> take_rest(TimePoint now);

 private:
  void end_line(TimePoint now, std::vector<std::string>& lines);

  std::string line_;  // so far
  TimePoint second_began_{};
  uint32_t lines_in_second_ = 0;
  uint64_t left_out_ = 0;
};

}  // namespace qp::server

// Signals as readiness: they are blocked in every thread and read from a descriptor by the control thread.
#pragma once
#include <initializer_list>
#include <optional>

#include "io/socket.h"

namespace qp::io {

class Signals {
 public:
  // Blocks these signals for the calling thread and every thread it starts later; SIGPIPE is ignored.
  Signals(std::initializer_list<int> numbers);
  int fd() const { return fd_.get(); }
  std::optional<int> take();  // the next one that has arrived

 private:
  Fd fd_;
};

}  // namespace qp::io

// Whoever started us and waits to hear how we are: systemd, or anything else that speaks sd_notify(3). Nobody
// waits if the environment names no NOTIFY_SOCKET; then nothing is said.
#pragma once
#include <string>
#include <string_view>

#include "io/socket.h"

namespace qp::io {

class Supervisor {
 public:
  // Takes NOTIFY_SOCKET out of the environment, so that no child speaks in our name. To be called while there
  // is one thread.
  static Supervisor from_environment();

  void tell_ready() const { tell("READY=1"); }
  void tell_stopping() const { tell("STOPPING=1"); }

 private:
  // A supervisor that does not listen costs nothing: what can't be said at once is left unsaid.
  void tell(std::string_view state) const;

  std::string path_;  // empty: nobody waits; a leading '@' stands for the NUL of an abstract address
  Fd fd_;
};

}  // namespace qp::io

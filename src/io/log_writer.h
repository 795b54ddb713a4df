// Writes down what the threads have put into their log rings: many lines a call, whole lines in the file
// whatever happens between two calls, and never waiting for a slow reader of a pipe. The control thread's.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_ring.h"
#include "base/result.h"
#include "io/socket.h"

namespace qp::io {

class LogWriter {
 public:
  // `target` is "stdout", "stderr" or the path of a file, which is made if need be and appended to.
  static Result<LogWriter> open(std::string target);

  // The ring outlives the writer.
  void add(LogRing& ring) { sources_.push_back({&ring, 0}); }

  // Lines that found their ring full, so far.
  uint64_t dropped() const;

  // Writes as much as goes without waiting. Lines that were dropped since the last time are reported through
  // `log`, whose ring is one of those that were added.
  void drain(Log& log);

  // The last words: writes everything, and waits for a slow reader as long as that goes on taking something
  // within every `patience`.
  void finish(Log& log, Duration patience);

  // After the file was moved away: goes on in a new one. If that can't be made the old one stays in use.
  Result<> reopen();

 private:
  struct Source {
    LogRing* ring;
    uint64_t drops_reported;
  };
  enum class Pace { whole, piecewise };

  LogWriter(std::string target, Fd fd);

  bool drain(LogRing& ring);
  size_t waiting_bytes() const;
  size_t write_some(const LogRing& ring);

  std::string target_;
  Fd fd_;
  Pace pace_;
  std::vector<Source> sources_;
  size_t next_ =
      0;  // where writing goes on: a ring is left only when it is empty, which is at the end of a line
};

}  // namespace qp::io

#include "io/log_writer.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "io/system_error.h"

namespace qp::io {

namespace {

constexpr int kFileMode = 0644;
constexpr int kWritesMax = 1024;  // for one ring and call: somebody keeps filling it as fast as we write

// A duplicate, so that closing it leaves the standard stream alone.
int open_target(const std::string& target) {
  if (target == "stdout") return ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  if (target == "stderr") return ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
  return ::open(target.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kFileMode);
}

bool is_regular_file(int fd) {
  struct stat about = {};
  return ::fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
}

bool is_writable(int fd, Duration within) {
  pollfd ask = {.fd = fd, .events = POLLOUT, .revents = 0};
  return ::poll(&ask, 1, static_cast<int>(within / std::chrono::milliseconds(1))) == 1 &&
         (ask.revents & POLLOUT) != 0;
}

}  // namespace

Result<LogWriter> LogWriter::open(std::string target) {
  Fd fd(open_target(target));
  if (!fd.is_open()) return system_failure(errno, "cannot open the log");
  return LogWriter(std::move(target), std::move(fd));
}

LogWriter::LogWriter(std::string target, Fd fd)
    : target_(std::move(target)),
      fd_(std::move(fd)),
      pace_(is_regular_file(fd_.get()) ? Pace::whole : Pace::piecewise) {}

Result<> LogWriter::reopen() {
  Fd fd(open_target(target_));
  if (!fd.is_open()) return system_failure(errno, "cannot open the log again");
  fd_ = std::move(fd);
  pace_ = is_regular_file(fd_.get()) ? Pace::whole : Pace::piecewise;
  return {};
}

uint64_t LogWriter::dropped() const {
  uint64_t lines = 0;
  for (const Source& source : sources_)
    lines += source.ring->dropped();
  return lines;
}

void LogWriter::drain(Log& log) {
  for (Source& source : sources_) {
    const uint64_t drops = source.ring->dropped();
    if (drops == source.drops_reported) continue;
    log.warn("Log lines dropped").field("count", drops - source.drops_reported);
    source.drops_reported = drops;
  }
  for (size_t i = 0; i < sources_.size(); ++i) {
    if (!drain(*sources_[next_].ring)) return;
    next_ = (next_ + 1) % sources_.size();
  }
}

void LogWriter::finish(Log& log, Duration patience) {
  drain(log);
  for (size_t left = waiting_bytes(); left > 0 && is_writable(fd_.get(), patience); left = waiting_bytes()) {
    drain(log);
    if (waiting_bytes() == left) return;  // a full disk is always writable and takes nothing
  }
}

size_t LogWriter::waiting_bytes() const {
  size_t bytes = 0;
  for (const Source& source : sources_) {
    const auto [first, second] = source.ring->readable();
    bytes += first.size() + second.size();
  }
  return bytes;
}

// False if something is left.
bool LogWriter::drain(LogRing& ring) {
  for (int i = 0; i < kWritesMax; ++i) {
    if (ring.readable()[0].empty()) return true;
    const size_t written = write_some(ring);
    if (written == 0) return false;
    ring.consume(written);
  }
  return false;
}

size_t LogWriter::write_some(const LogRing& ring) {
  auto [first, second] = ring.readable();
  switch (pace_) {
    case Pace::whole: break;
    case Pace::piecewise:  // a pipe that is writable takes this much without making us wait (pipe(7))
      if (!is_writable(fd_.get(), Duration::zero())) return 0;
      first = first.substr(0, PIPE_BUF);
      second = {};
      break;
  }
  const std::array pieces = {iovec{const_cast<char*>(first.data()), first.size()},
                             iovec{const_cast<char*>(second.data()), second.size()}};
  const ssize_t written = ::writev(fd_.get(), pieces.data(), pieces.size());
  // A full disk or a reader that is gone: the lines stay until there is no room, and are counted from there
  // on.
  return written > 0 ? static_cast<size_t>(written) : 0;
}

}  // namespace qp::io

// A program that runs beside us, as our child: in a process group of its own, so that what is typed at our
// terminal does not reach it and what it starts itself can be told to end with it; with nothing of ours open
// but the pipe for its output; and never longer than we do, however we end.
//
// It belongs to the thread that has made it, which has to live as long as the process: the kernel kills the
// child when that thread is gone.
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/socket.h"

namespace qp::io {

// How a program ended: by itself with a code, or by a signal.
struct ProcessEnd {
  int code = 0;
  int signal = 0;  // 0: none
  bool operator==(const ProcessEnd&) const = default;
};

class ChildProcess {
 public:
  // The first word is the program, looked up in PATH where it has no slash. The error says why it can't be
  // run.
  static std::expected<std::unique_ptr<ChildProcess>, std::string> run(const std::vector<std::string>& words);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();  // kills what still runs

  int pid() const { return pid_; }
  int end_fd() const { return end_.get(); }        // readable once it has ended
  int output_fd() const { return output_.get(); }  // of what it writes to its standard output and error

  // Errors: would_block, closed (nobody has it open for writing any more).
  Result<size_t> read_output(std::span<char> into);
  // To the whole group, while the program itself runs.
  void tell(int signal);
  // How it has ended; what it had started is killed then, if it is still in the group. Nothing: it runs.
  std::optional<ProcessEnd> take_end();

 private:
  ChildProcess(pid_t pid, Fd end, Fd output);

  const pid_t pid_;
  Fd end_;
  Fd output_;
  bool has_ended_ = false;
};

}  // namespace qp::io

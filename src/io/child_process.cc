#include "io/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "io/system_error.h"

namespace qp::io {

namespace {

// A program that was killed is gone at once, unless the kernel itself hangs in it.
constexpr int kDeathPatienceMs = 1000;
constexpr int kFirstOwnFd = 3;

std::unexpected<std::string> failure(const std::string& program, int error_number) {
  return std::unexpected("cannot run \"" + program + "\": " + std::generic_category().message(error_number));
}

struct Pipe {
  Fd reader;
  Fd writer;
};

std::optional<Pipe> make_pipe() {
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

// Signals as a program expects to find them. Only what was ignored has to be put back: handlers end with
// exec.
void reset_signals() {
  std::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// The child's side, between fork and exec: nothing but system calls, for another thread may have held any
// lock when we were copied. Returns only when that failed, and says why through `report`.
void become(char* const* words, pid_t parent, int output, int report) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);                       // it was gone before we asked
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);  // our right to port 443 is not its own
  reset_signals();
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  // Whoever started us may have left descriptors open that are neither his nor ours to hand on.
  ::close_range(kFirstOwnFd, ~0u, CLOSE_RANGE_CLOEXEC);
  ::execvp(words[0], words);
  const int error_number = errno;
  if (::write(report, &error_number, sizeof error_number) < 0) ::_exit(126);
}

// What the child says before it becomes the program: an error number, or nothing.
int read_report(int fd) {
  int error_number = 0;
  ssize_t got;
  do {
    got = ::read(fd, &error_number, sizeof error_number);
  } while (got < 0 && errno == EINTR);
  return got == sizeof error_number ? error_number : 0;
}

}  // namespace

std::expected<std::unique_ptr<ChildProcess>, std::string> ChildProcess::run(
    const std::vector<std::string>& words) {
  assert(!words.empty());
  std::vector<char*> pointers;
  for (const std::string& word : words)
    pointers.push_back(const_cast<char*>(word.c_str()));  // exec promises not to write
  pointers.push_back(nullptr);
  auto output = make_pipe();
  auto report = make_pipe();
  if (!output || !report) return failure(words[0], errno);

  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return failure(words[0], errno);
  if (pid == 0) {
    become(pointers.data(), parent, output->writer.get(), report->writer.get());
    ::_exit(127);
  }
  ::setpgid(pid, pid);  // the child does so, too: whoever is first, it is done when either goes on
  report->writer = Fd();
  const int error_number = read_report(report->reader.get());
  Fd end(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (error_number != 0 || !end.is_open()) {
    const int reason = error_number != 0 ? error_number : errno;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return failure(words[0], reason);
  }
  ::fcntl(output->reader.get(), F_SETFL, O_NONBLOCK);
  return std::unique_ptr<ChildProcess>(new ChildProcess(pid, std::move(end), std::move(output->reader)));
}

ChildProcess::ChildProcess(pid_t pid, Fd end, Fd output)
    : pid_(pid), end_(std::move(end)), output_(std::move(output)) {}

ChildProcess::~ChildProcess() {
  if (take_end()) return;
  tell(SIGKILL);
  pollfd death{.fd = end_.get(), .events = POLLIN, .revents = 0};
  ::poll(&death, 1, kDeathPatienceMs);
  take_end();
}

Result<size_t> ChildProcess::read_output(std::span<char> into) {
  assert(!into.empty());
  for (;;) {
    const ssize_t got = ::read(output_.get(), into.data(), into.size());
    if (got > 0) return static_cast<size_t>(got);
    if (got == 0) return fail(ErrorCode::closed, Origin::self, "the program's output has ended");
    if (errno != EINTR) return system_failure(errno, "cannot read a program's output");
  }
}

// Its number is not given to another process before take_end() has asked for it.
void ChildProcess::tell(int signal) {
  if (!has_ended_) ::kill(-pid_, signal);
}

std::optional<ProcessEnd> ChildProcess::take_end() {
  siginfo_t info = {};
  if (has_ended_ || ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      info.si_pid != pid_) {
    return std::nullopt;
  }
  tell(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  has_ended_ = true;
  if (info.si_code == CLD_EXITED) return ProcessEnd{.code = info.si_status};
  return ProcessEnd{.signal = info.si_status};
}

}  // namespace qp::io

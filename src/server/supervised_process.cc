#include "server/supervised_process.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <utility>

namespace qp::server {

namespace {

using Act = Supervision::Act;

// Of one program at once: whoever writes without end does not hold up the others.
constexpr size_t kOutputBytesPerLook = 64 * 1024;

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

std::string text_of(const io::ProcessEnd& end) {
  if (end.signal == 0) return fmt::format("exit code {}", end.code);
  return fmt::format("signal {} ({})", end.signal, ::strsignal(end.signal));
}

}  // namespace

SupervisedProcess::SupervisedProcess(const Parts& parts, const config::Backend& backend)
    : parts_(parts), name_(backend.name), command_(backend.command) {
  supervision_.start();
}

SupervisedProcess::~SupervisedProcess() {
  parts_.reactor.timers.disarm(*this);
}

admin::Driver::Process SupervisedProcess::state() const {
  using Process = admin::Driver::Process;
  if (child_ != nullptr) return Process::running;
  return supervision_.is_wanted() ? Process::waiting : Process::down;
}

void SupervisedProcess::start(Done done) {
  expect(std::move(done));
  supervision_.start();
}

void SupervisedProcess::stop(Done done) {
  expect(std::move(done));
  supervision_.stop();
}

void SupervisedProcess::kill(Done done) {
  expect(std::move(done));
  supervision_.kill();
}

void SupervisedProcess::expect(Done done) {
  answer("another order came before this one was carried out");
  done_ = std::move(done);
  is_dirty_ = true;
}

void SupervisedProcess::answer(std::optional<std::string> error) {
  if (done_) std::exchange(done_, nullptr)(std::move(error));
}

void SupervisedProcess::keep(const config::Backend& backend) {
  if (std::exchange(leaves_at_, std::nullopt)) supervision_.start();
  if (command_ != backend.command) {
    command_ = backend.command;
    note(LogLevel::info, "Backend command changed", "it counts from the next start of the backend");
  }
  is_dirty_ = true;
}

void SupervisedProcess::leave(TimePoint deadline) {
  leaves_at_ = std::min(deadline, leaves_at_.value_or(kNever));
  is_dirty_ = true;
}

void SupervisedProcess::advance() {
  is_dirty_ = false;
  if (child_ != nullptr) {
    const auto end = child_->take_end();  // asked before its output, so that its last words are heard
    forward_output();
    if (end) handle_end(*end);
  }
  if (leaves_at_ && now() >= *leaves_at_) supervision_.stop();
  for (Act act = supervision_.next(now()); act != Act::none; act = supervision_.next(now())) {
    switch (act) {
      case Act::none: break;
      case Act::run: run(); break;
      case Act::terminate: child_->tell(SIGTERM); break;
      case Act::kill: child_->tell(SIGKILL); break;
    }
  }
  if (supervision_.is_wanted() ? supervision_.is_running() : supervision_.is_off()) answer(std::nullopt);
  const bool leaves_later = leaves_at_ && now() < *leaves_at_;
  parts_.reactor.timers.arm(*this, std::min(supervision_.deadline(), leaves_later ? *leaves_at_ : kNever));
}

void SupervisedProcess::run() {
  auto made = io::ChildProcess::run(command_);
  if (!made) return handle_failed_run(made.error());
  child_ = std::move(*made);
  const bool is_watched = parts_.reactor.loop.add(child_->end_fd(), bell_).has_value() &&
                          parts_.reactor.loop.add(child_->output_fd(), bell_).has_value();
  if (!is_watched) {
    child_.reset();
    return handle_failed_run("the kernel can't watch it");
  }
  supervision_.handle_run(now());
  note(LogLevel::info, "Backend process started", fmt::format("{} (pid {})", command_[0], child_->pid()));
}

// An operator who asks for a start is told at once and decides himself; otherwise it is tried again.
void SupervisedProcess::handle_failed_run(const std::string& error) {
  if (done_) {
    supervision_.stop();
    return answer(error);
  }
  const Duration pause = supervision_.handle_failed_run(now());
  note(LogLevel::error, "Backend process not started",
       fmt::format("{}; next attempt in {:g} s", error, seconds(pause)));
}

void SupervisedProcess::handle_end(const io::ProcessEnd& end) {
  log_output(output_.take_rest(now()));
  parts_.reactor.loop.remove(child_->end_fd());
  parts_.reactor.loop.remove(child_->output_fd());
  child_.reset();
  const Duration pause = supervision_.handle_end(now());
  if (pause == Duration::zero()) return note(LogLevel::info, "Backend process ended", text_of(end));
  note(LogLevel::warn, "Backend process ended",
       fmt::format("{}, though nobody asked it to; next start in {:g} s", text_of(end), seconds(pause)));
}

void SupervisedProcess::forward_output() {
  std::array<char, kOutputBytesPerLook / 8> buffer;
  for (size_t total = 0; total < kOutputBytesPerLook;) {
    const auto got = child_->read_output(buffer);
    if (!got) return;
    total += *got;
    log_output(output_.take({buffer.data(), *got}, now()));
  }
  is_dirty_ = true;
}

void SupervisedProcess::log_output(const std::vector<std::string>& lines) {
  for (const std::string& line : lines)
    parts_.log.info("Backend output").field("backend", name_).field("line", line);
}

void SupervisedProcess::note(LogLevel level, std::string_view message, std::string detail) {
  parts_.note({.time = parts_.reactor.turn.wall,
               .kind = admin::ActivityEntry::Kind::driver,
               .level = level,
               .backend = name_,
               .message = std::string(message),
               .detail = std::move(detail)});
}

}  // namespace qp::server

#include "io/child_process.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>

namespace qp::io {
namespace {

constexpr int kPatienceMs = 30'000;

void await(int fd) {
  pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&ready, 1, kPatienceMs), 1);
}

std::unique_ptr<ChildProcess> run(const std::vector<std::string>& words) {
  auto made = ChildProcess::run(words);
  EXPECT_TRUE(made) << made.error();
  return made ? std::move(*made) : nullptr;
}

std::unique_ptr<ChildProcess> run_script(const std::string& script) {
  return run({"sh", "-c", script});
}

std::string first_output(ChildProcess& child) {
  await(child.output_fd());
  std::array<char, 256> buffer;
  const auto got = child.read_output(buffer);
  return got ? std::string(buffer.data(), *got) : "";
}

std::string all_output(ChildProcess& child) {
  std::string said;
  std::array<char, 256> buffer;
  for (;;) {
    await(child.output_fd());
    const auto got = child.read_output(buffer);
    if (!got) return said;
    said.append(buffer.data(), *got);
  }
}

ProcessEnd end_of(ChildProcess& child) {
  await(child.end_fd());
  const auto end = child.take_end();
  EXPECT_TRUE(end);
  return end.value_or(ProcessEnd{});
}

bool is_there(int pid) {
  return ::kill(pid, 0) == 0 || errno != ESRCH;
}

TEST(ChildProcess, TellsHowTheProgramHasEnded) {
  EXPECT_EQ(end_of(*run_script("exit 3")), ProcessEnd{.code = 3});
  EXPECT_EQ(end_of(*run_script("kill -USR2 $$")), ProcessEnd{.signal = SIGUSR2});
}

TEST(ChildProcess, GivesTheProgramItsWordsAsTheyAre) {
  EXPECT_EQ(first_output(*run({"printf", "%s|", "a b", "$HOME", ""})), "a b|$HOME||");
}

TEST(ChildProcess, HandsOverWhatTheProgramWritesToEitherOutput) {
  EXPECT_EQ(first_output(*run_script("echo out; exec sleep 60")), "out\n");
  EXPECT_EQ(first_output(*run_script("echo err >&2; exec sleep 60")), "err\n");
}

TEST(ChildProcess, KnowsWhetherThereIsMoreOutput) {
  const auto child = run_script("echo once");
  EXPECT_EQ(first_output(*child), "once\n");
  await(child->end_fd());
  std::array<char, 16> buffer;

  EXPECT_EQ(child->read_output(buffer).error().code, ErrorCode::closed);
  EXPECT_EQ(run({"sleep", "60"})->read_output(buffer).error().code, ErrorCode::would_block);
}

TEST(ChildProcess, SaysWhyAProgramCannotBeRun) {
  EXPECT_EQ(ChildProcess::run({"no-such-program"}).error(),
            "cannot run \"no-such-program\": No such file or directory");
  EXPECT_EQ(ChildProcess::run({"/"}).error(), "cannot run \"/\": Permission denied");
}

TEST(ChildProcess, LeavesTheProgramNeitherOurSignalsNorOurDescriptors) {
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  const int left_open = ::dup(STDERR_FILENO);  // without O_CLOEXEC

  // The fourth digit from the right stands for signals 13 to 16, of which SIGPIPE is the first. Others may
  // have been left ignored by whoever has started us.
  const std::string said = all_output(
      *run_script("sed -nE 's/^Sig(Blk|Ign):.*(.)...$/\\1 \\2/p' /proc/self/status; ls /proc/self/fd"));

  EXPECT_EQ(said, "Blk 0\nIgn 0\n0\n1\n2\n3\n");  // 3: ls's own
  ::close(left_open);
  std::signal(SIGPIPE, before);
  pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
}

TEST(ChildProcess, TellsTheWholeGroupToEnd) {
  const auto child = run_script("sh -c 'echo $$; exec sleep 60'; :");
  const int grandchild = std::stoi(first_output(*child));
  ASSERT_TRUE(is_there(grandchild));

  child->tell(SIGTERM);

  EXPECT_EQ(end_of(*child), ProcessEnd{.signal = SIGTERM});
  EXPECT_NE(::getpgid(child->pid()), ::getpgrp());
}

TEST(ChildProcess, LeavesNobodyBehindWhenItIsDestroyed) {
  auto child = run_script("trap '' TERM; (echo ready; sleep 60); :");
  EXPECT_EQ(first_output(*child), "ready\n");
  const int pid = child->pid();

  child.reset();

  EXPECT_FALSE(is_there(pid));
}

}  // namespace
}  // namespace qp::io

#include "io/log_writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

namespace qp::io {
namespace {

constexpr WallTime kNow{std::chrono::milliseconds(1'795'411'284'123)};

class LogWriterTest : public testing::Test {
 protected:
  LogWriterTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string("log_writer_") + test->name() + "_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    log_.begin_turn(kNow);
  }
  ~LogWriterTest() override { std::filesystem::remove_all(folder_); }

  std::string path(const char* name = "proxy.log") const { return folder_ / name; }
  std::string text(const char* name = "proxy.log") const {
    std::ostringstream all;
    all << std::ifstream(path(name)).rdbuf();
    return all.str();
  }

  std::filesystem::path folder_;
  LogRing ring_{4096};
  LogRing other_ring_{64};
  std::atomic<LogLevel> level_ = LogLevel::info;
  Log log_{ring_, level_, LogFormat::text};
};

TEST_F(LogWriterTest, WritesTheLinesOfAllRingsToAFile) {
  LogWriter writer = LogWriter::open(path()).value();
  writer.add(ring_);
  writer.add(other_ring_);
  ring_.push("one\n");
  other_ring_.push("two\n");
  ring_.push("three\n");

  writer.drain(log_);
  EXPECT_EQ(text(), "one\nthree\ntwo\n");
  writer.drain(log_);
  EXPECT_EQ(text(), "one\nthree\ntwo\n");
}

TEST_F(LogWriterTest, AppendsToAFileThatIsThere) {
  std::ofstream(path()) << "before\n";
  LogWriter writer = LogWriter::open(path()).value();
  writer.add(ring_);

  ring_.push("after\n");
  writer.drain(log_);

  EXPECT_EQ(text(), "before\nafter\n");
}

TEST_F(LogWriterTest, GoesOnInANewFileAfterTheOldOneWasMovedAway) {
  LogWriter writer = LogWriter::open(path()).value();
  writer.add(ring_);
  ring_.push("old\n");
  writer.drain(log_);

  std::filesystem::rename(path(), path("proxy.log.1"));
  ring_.push("still old\n");
  writer.drain(log_);
  ASSERT_TRUE(writer.reopen());
  ring_.push("new\n");
  writer.drain(log_);

  EXPECT_EQ(text("proxy.log.1"), "old\nstill old\n");
  EXPECT_EQ(text(), "new\n");
}

TEST_F(LogWriterTest, KeepsTheOldFileWhenANewOneCanNotBeMade) {
  std::filesystem::create_directories(folder_ / "logs");
  LogWriter writer = LogWriter::open(path("logs/proxy.log")).value();
  writer.add(ring_);
  std::filesystem::rename(folder_ / "logs", folder_ / "moved");

  EXPECT_FALSE(writer.reopen());
  ring_.push("line\n");
  writer.drain(log_);

  EXPECT_EQ(text("moved/proxy.log"), "line\n");
}

TEST_F(LogWriterTest, SaysThatAFileCanNotBeOpened) {
  EXPECT_FALSE(LogWriter::open(path("no/such/folder.log")));
}

TEST_F(LogWriterTest, TellsHowManyLinesWereDroppedOnce) {
  LogWriter writer = LogWriter::open(path()).value();
  writer.add(ring_);
  writer.add(other_ring_);
  const std::string line = std::string(39, 'x') + "\n";
  for (int i = 0; i < 4; ++i)
    other_ring_.push(line);

  writer.drain(log_);
  writer.drain(log_);

  EXPECT_EQ(text(), "2026-11-23T05:21:24.123Z warn  Log lines dropped count=3\n" + line);
}

class LogWriterPipeTest : public LogWriterTest {
 protected:
  LogWriterPipeTest() {
    EXPECT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    reader_ = Fd(::open(path("pipe").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    EXPECT_TRUE(reader_.is_open());
  }

  std::string read_pipe() {
    std::string all;
    std::array<char, 4096> buffer;
    for (;;) {
      const ssize_t got = ::read(reader_.get(), buffer.data(), buffer.size());
      if (got <= 0) return all;
      all.append(buffer.data(), static_cast<size_t>(got));
    }
  }

  Fd reader_;
};

TEST_F(LogWriterPipeTest, DoesNotWaitForASlowReaderNorTearALine) {
  LogRing big(1024 * 1024);
  LogWriter writer = LogWriter::open(path("pipe")).value();
  writer.add(big);
  writer.add(ring_);
  std::string expected;
  for (int i = 0; i < 10'000; ++i) {
    const std::string line = "line " + std::to_string(10'000 + i) + " " + std::string(50, 'x') + "\n";
    expected += line;
    big.push(line);
  }
  ring_.push("after\n");

  std::string read;
  for (int i = 0; i < 1000 && read.size() < expected.size() + 6; ++i) {
    writer.drain(log_);  // would hang here if it waited
    read += read_pipe();
  }

  EXPECT_EQ(read, expected + "after\n");
}

TEST_F(LogWriterPipeTest, WaitsForASlowReaderAtTheEndButNotForOneThatHangs) {
  LogRing big(1024 * 1024);
  LogWriter writer = LogWriter::open(path("pipe")).value();
  writer.add(big);
  std::string expected;
  for (int i = 0; i < 10'000; ++i) {
    expected += "line " + std::to_string(i) + "\n";
    big.push("line " + std::to_string(i) + "\n");
  }

  writer.finish(log_, std::chrono::milliseconds(1));  // nobody reads: it comes back
  std::string read = read_pipe();
  std::thread reader([&] {
    while (read.size() < expected.size())
      read += read_pipe();
  });
  writer.finish(log_, std::chrono::seconds(10));
  reader.join();

  EXPECT_EQ(read, expected);
}

TEST_F(LogWriterPipeTest, KeepsLinesWhileTheReaderIsGoneAndDropsTheRest) {
  LogWriter writer = LogWriter::open(path("pipe")).value();
  writer.add(other_ring_);
  reader_ = Fd();
  const auto before = ::signal(SIGPIPE, SIG_IGN);

  other_ring_.push("kept\n");
  writer.drain(log_);
  reader_ = Fd(::open(path("pipe").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  writer.drain(log_);

  EXPECT_EQ(read_pipe(), "kept\n");
  ::signal(SIGPIPE, before);
}

}  // namespace
}  // namespace qp::io

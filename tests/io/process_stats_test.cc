#include "io/process_stats.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace qp::io {
namespace {

TEST(ProcessStatsTest, AnOpenDescriptorIsCounted) {
  const uint64_t before = read_process_stats().open_fds;

  const int fd = dup(0);
  const uint64_t with_one_more = read_process_stats().open_fds;
  close(fd);

  EXPECT_EQ(with_one_more, before + 1);
  EXPECT_EQ(read_process_stats().open_fds, before);
}

TEST(ProcessStatsTest, SizesArePlausible) {
  const ProcessStats stats = read_process_stats();

  EXPECT_GT(stats.resident_bytes, 100'000u);
  EXPECT_GT(stats.virtual_bytes, stats.resident_bytes);
  EXPECT_GT(stats.cpu_time, Duration::zero());
  EXPECT_GE(stats.max_fds, stats.open_fds);
}

}  // namespace
}  // namespace qp::io

#include "io/process_stats.h"

#include <dirent.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

namespace qp::io {

namespace {

Duration duration_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

uint64_t count_open_fds() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), closedir);
  if (!folder) return 0;
  uint64_t entries = 0;
  while (readdir(folder.get()) != nullptr)
    ++entries;
  return entries > 3 ? entries - 3 : 0;  // ".", "..", and the folder itself
}

void read_memory(ProcessStats& stats) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(fopen("/proc/self/statm", "re"), fclose);
  unsigned long virtual_pages = 0;
  unsigned long resident_pages = 0;
  if (!file || fscanf(file.get(), "%lu %lu", &virtual_pages, &resident_pages) != 2) return;
  const auto page_bytes = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  stats.virtual_bytes = virtual_pages * page_bytes;
  stats.resident_bytes = resident_pages * page_bytes;
}

}  // namespace

ProcessStats read_process_stats() {
  ProcessStats stats;
  rusage usage = {};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    stats.cpu_time = duration_of(usage.ru_utime) + duration_of(usage.ru_stime);
  }
  rlimit fds = {};
  if (getrlimit(RLIMIT_NOFILE, &fds) == 0) stats.max_fds = fds.rlim_cur;
  stats.open_fds = count_open_fds();
  read_memory(stats);
  const struct mallinfo2 heap = mallinfo2();
  stats.allocated_bytes = heap.uordblks + heap.hblkhd;
  return stats;
}

}  // namespace qp::io

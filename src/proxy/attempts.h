// The attempts of one exchange at having its request served: the one under way, whom it has passed over since
// it failed there, and what is remembered of each of them until the exchange is over.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "observe/exchange_record.h"
#include "upstream/attempt.h"
#include "upstream/cluster.h"

namespace qp::proxy {

class Attempts {
 public:
  explicit Attempts(upstream::AttemptOwner& owner) : current_(owner) {}

  // Begins the next one, when none is under way. False: nobody may be asked, current() says why, and it
  // counts as no attempt.
  bool begin(upstream::Cluster& cluster, upstream::OpenRequest request, uint64_t span_id);
  // Its response's head is here.
  void answered(uint16_t status, TimePoint now);
  // Lets the current one go, if there is one. `termination`: the word for its failure, "" without one.
  struct End {
    TimePoint at{};
    std::string_view termination{};
    uint64_t bytes_out = 0;
    uint64_t bytes_in = 0;
  };
  void end(const End& end);
  // The next one passes over the backend of the one that has just ended. A kept connection that had gone
  // stale says nothing about its backend, which gets a second chance on a fresh one.
  void pass_over();
  // Those passed over may be asked again.
  void start_over() { tried_.clear(); }

  const upstream::Attempt& current() const { return current_; }
  uint32_t count() const { return count_; }
  std::span<const observe::AttemptRecord> records() const;
  uint64_t span_id() const { return records().back().span_id; }  // of the last one

 private:
  observe::AttemptRecord& last() { return more_.empty() ? first_ : more_.back(); }

  upstream::Attempt current_;
  upstream::Reuse reuse_ = upstream::Reuse::allowed;
  std::vector<const upstream::Backend*> tried_;
  observe::AttemptRecord first_;              // the only one, mostly,
  std::vector<observe::AttemptRecord> more_;  // or all of them, if there is a second
  uint32_t count_ = 0;
};

}  // namespace qp::proxy

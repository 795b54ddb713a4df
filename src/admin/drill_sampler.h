// Takes a drill's samples: what was counted in each second of it.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "admin/drill_record.h"
#include "admin/figures.h"
#include "proxy/snapshot.h"

namespace qp::admin {

class DrillSampler {
 public:
  struct Answers {
    uint64_t succeeded = 0;
    uint64_t all = 0;
  };
  // So far back recent() looks.
  static constexpr size_t kRecentSamples = 5;

  // Both outlive it; the samples go into the record.
  DrillSampler(const Figures& figures, DrillRecord& record) : figures_(figures), record_(record) {}

  // Counting begins now. The subject is among the backends whose requests are told.
  void begin(const proxy::Snapshot& snapshot, std::string_view subject);
  DrillSample take(const proxy::Snapshot& snapshot, double at_seconds);
  // To the load's requests.
  Answers recent() const;

 private:
  const Figures& figures_;
  DrillRecord& record_;
  std::vector<uint64_t> requests_;  // by backend, at the last sample
  uint64_t succeeded_ = 0;
  uint64_t failed_ = 0;
};

}  // namespace qp::admin

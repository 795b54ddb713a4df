#include "admin/drill_sampler.h"

#include <algorithm>
#include <utility>

namespace qp::admin {

void DrillSampler::begin(const proxy::Snapshot& snapshot, std::string_view subject) {
  for (const auto& backend : snapshot.backends) {
    const bool has_room = record_.backends.size() + 1 < DrillRecord::kBackendsMax;
    if (!has_room && backend->config.name != subject) continue;
    if (record_.backends.size() == DrillRecord::kBackendsMax) return;
    record_.backends.push_back(backend->config.name);
    requests_.push_back(figures_.of(*backend).requests_total);
  }
}

DrillSample DrillSampler::take(const proxy::Snapshot& snapshot, double at_seconds) {
  DrillSample sample{.at_seconds = at_seconds,
                     .succeeded = record_.succeeded - std::exchange(succeeded_, record_.succeeded),
                     .failed = record_.failed - std::exchange(failed_, record_.failed),
                     .p95_ms = figures_.traffic().latency.p95_ms,
                     .requests = std::vector<uint64_t>(record_.backends.size())};
  for (const auto& backend : snapshot.backends) {
    const auto name = std::ranges::find(record_.backends, backend->config.name);
    if (name == record_.backends.end()) continue;
    const auto place = static_cast<size_t>(name - record_.backends.begin());
    const uint64_t total = figures_.of(*backend).requests_total;
    const uint64_t before = std::exchange(requests_[place], total);
    sample.requests[place] = total - std::min(before, total);  // a backend that is new counts from zero
  }
  if (record_.samples.size() < DrillRecord::kSamplesMax) record_.samples.push_back(sample);
  return sample;
}

DrillSampler::Answers DrillSampler::recent() const {
  Answers answers;
  const size_t first = record_.samples.size() - std::min(kRecentSamples, record_.samples.size());
  for (size_t i = first; i < record_.samples.size(); ++i) {
    answers.succeeded += record_.samples[i].succeeded;
    answers.all += record_.samples[i].succeeded + record_.samples[i].failed;
  }
  return answers;
}

}  // namespace qp::admin

#include "outage.h"

namespace qp::sim {

namespace {

using std::chrono::milliseconds;

constexpr uint32_t kTimesMax = 4;
constexpr Duration kSoon = milliseconds(50);
constexpr Duration kLong = milliseconds(60'000);

}  // namespace

Outage::Outage(Outside& outside, Backend& backend)
    : Party(outside),
      backend_(backend),
      left_(2 * (1 + outside.random.below(kTimesMax))),
      is_flapping_(outside.random.one_in(4)) {
  wake_at(outside.now() + random_time(milliseconds(2'000)));
}

void Outage::advance() {
  --left_;
  const bool is_end = left_ % 2 == 0;
  backend_.suffer(is_end ? Condition::well
                         : static_cast<Condition>(1 + outside_.random.below(kConditions - 1)));
  if (left_ > 0) wake_at(outside_.now() + random_time(is_flapping_ ? kSoon : kLong));
}

Duration Outage::random_time(Duration max) {
  return milliseconds(1 + outside_.random.below(static_cast<uint32_t>(max / milliseconds(1))));
}

}  // namespace qp::sim

#include "upstream/endpoints.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace qp::upstream {

Endpoints::All Endpoints::replace(const AddressList& addresses) {
  All before = std::exchange(all_, {});
  for (const Address& address : addresses) {
    const auto known = std::ranges::find(before, address, [](const auto& one) { return one->address; });
    if (known != before.end()) {
      all_.push_back(std::move(*known));
      before.erase(known);
    } else {
      all_.push_back(std::make_unique<Endpoint>(address));
    }
    all_.back()->place = all_.size() - 1;
  }
  are_known_ = true;
  return before;
}

Endpoint* Endpoints::find(const Address& address) const {
  const auto found = std::ranges::find(all_, address, [](const auto& one) { return one->address; });
  return found != all_.end() ? found->get() : nullptr;
}

size_t Endpoints::resting(TimePoint now) const {
  return static_cast<size_t>(
      std::ranges::count_if(all_, [&](const auto& one) { return one->rests_until > now; }));
}

Endpoint& Endpoints::choose(TimePoint now) const {
  assert(!empty());
  Endpoint* best = nullptr;
  const auto cost = [now](const Endpoint& one) { return std::pair(one.rests_until > now, one.busy); };
  for (size_t i = 0; i < all_.size(); ++i) {
    Endpoint& one = *all_[(next_ + i) % all_.size()];
    if (best == nullptr || cost(one) < cost(*best)) best = &one;
    if (cost(*best) == std::pair(false, 0U)) break;
  }
  return *best;
}

}  // namespace qp::upstream

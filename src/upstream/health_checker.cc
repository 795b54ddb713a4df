#include "upstream/health_checker.h"

#include <algorithm>
#include <utility>

namespace qp::upstream {

HealthChecker::HealthChecker(const Parts& parts) : parts_(parts) {}

HealthChecker::~HealthChecker() = default;

void HealthChecker::install(const std::vector<std::shared_ptr<Backend>>& backends) {
  std::vector<std::unique_ptr<CheckedBackend>> checked;
  for (size_t place = 0; place < backends.size(); ++place) {
    const std::shared_ptr<Backend>& backend = backends[place];
    if (!backend->config.health_check.enabled) continue;
    const auto kept = std::ranges::find_if(
        checked_, [&](const auto& one) { return one != nullptr && &one->backend() == backend.get(); });
    if (kept != checked_.end()) {
      checked.push_back(std::move(*kept));
      continue;
    }
    // The first one a whole interval from now, the others before it.
    const auto share = static_cast<int64_t>(backends.size() - place);
    const Duration wait =
        backend->config.health_check.interval * share / static_cast<int64_t>(backends.size());
    checked.push_back(
        std::make_unique<CheckedBackend>(parts_, dirty_, backend, find_known(backend->config), wait));
  }
  checked_ = std::move(checked);
}

// The same server, though something else in its configuration may have changed.
const CheckedBackend* HealthChecker::find_known(const config::Backend& config) const {
  const auto found = std::ranges::find_if(checked_, [&](const auto& one) {
    return one != nullptr && one->backend().config.name == config.name &&
           one->backend().config.url == config.url;
  });
  return found != checked_.end() ? found->get() : nullptr;
}

CheckedBackend* HealthChecker::find(const Backend& backend) const {
  const auto found =
      std::ranges::find_if(checked_, [&](const auto& one) { return &one->backend() == &backend; });
  return found != checked_.end() ? found->get() : nullptr;
}

void HealthChecker::set_addresses(const Backend& backend, std::shared_ptr<const AddressList> addresses) {
  if (CheckedBackend* checked = find(backend)) return checked->set_addresses(*addresses);
  parts_.rotation.set_addresses(backend, std::move(addresses));
}

void HealthChecker::advance() {
  dirty_.take_each([](CheckedBackend& one) { one.advance(); });
}

void HealthChecker::check_now(const Backend& backend) {
  if (CheckedBackend* checked = find(backend)) checked->check_now();
}

HealthChecker::Results HealthChecker::results(const Backend& backend) const {
  const CheckedBackend* checked = find(backend);
  return checked != nullptr ? checked->results() : Results{};
}

}  // namespace qp::upstream

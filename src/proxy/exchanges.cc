#include "proxy/exchanges.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace qp::proxy {

namespace {

constexpr uint32_t kScarcePipeBytesMax = 16 * 1024;

}  // namespace

Exchanges::Exchanges(const Parts& parts, std::shared_ptr<const Snapshot> snapshot) : parts_(parts) {
  install(std::move(snapshot));
}

Exchanges::~Exchanges() {
  assert(live() == 0);
}

void Exchanges::accept(http::Stream& stream) {
  ++accepted_;
  slab_.make(*this, stream, *generations_.back());
}

void Exchanges::install(std::shared_ptr<const Snapshot> snapshot) {
  generations_.push_back(std::make_unique<Generation>(std::move(snapshot), parts_.pools));
}

void Exchanges::advance() {
  dirty_.take_each([this](Exchange& exchange) { exchange.advance(parts_.turn); });
}

void Exchanges::reap() {
  while (Exchange* exchange = done_.pop_front())
    slab_.destroy(*exchange);
  std::erase_if(generations_, [this](const std::unique_ptr<Generation>& generation) {
    return generation->exchanges == 0 && generation != generations_.back();
  });
}

uint64_t Exchanges::memory_budget() const {
  return generations_.back()->snapshot->config.server.limits.worker_memory_bytes_max;
}

bool Exchanges::is_over_budget() const {
  return parts_.blocks.memory() > memory_budget();
}

bool Exchanges::is_scarce() const {
  return parts_.blocks.memory() > memory_budget() / 2;
}

uint32_t Exchanges::pipe_bytes_max() const {
  const auto wanted =
      static_cast<uint32_t>(generations_.back()->snapshot->config.server.limits.stream_buffer_bytes_max);
  return is_scarce() ? std::min(wanted, kScarcePipeBytesMax) : wanted;
}

uint64_t Exchanges::replay_bytes_max(uint64_t wanted) const {
  return is_scarce() ? std::min<uint64_t>(wanted, kScarcePipeBytesMax) : wanted;
}

}  // namespace qp::proxy

#include "client.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace qp::sim {

Client::Client(Outside& outside, Ledger& ledger, Plan plan)
    : Party(outside), ledger_(ledger), plan_(std::move(plan)), rests_until_(outside.now()) {
  mark();
}

Client::~Client() = default;

void Client::advance() {
  talk();
  std::erase_if(wires_, [](const std::unique_ptr<Wire>& wire) { return wire->is_gone(); });
  if (is_connecting_ && !wires_.empty() && wires_.back()->is_usable()) is_connecting_ = false;
  begin();
  TimePoint wakes_at =
      talks_.empty() && next_ < plan_.cases.size() && rests_until_ > outside_.now() ? rests_until_ : kNever;
  for (const auto& one : talks_)
    wakes_at = std::min(wakes_at, one->wakes_at());
  wake_at(wakes_at);
}

std::string Client::state() const {
  std::string text = fmt::format("{} of {} requests begun", next_, plan_.cases.size());
  for (const auto& wire : wires_)
    text += fmt::format("; a connection {}", wire->is_dead() ? wire->error() : "lives");
  for (const auto& one : talks_)
    text += "; " + one->state();
  return text;
}

void Client::talk() {
  const size_t before = talks_.size();
  std::erase_if(talks_, [](const std::unique_ptr<Talk>& talk) { return !talk->go_on(); });
  if (talks_.size() == before) return;
  if (may_rebind_at_ == kNever) may_rebind_at_ = outside_.now();
  rest();
}

// Sometimes it goes on at once, sometimes it thinks, and sometimes it comes with a new connection.
void Client::rest() {
  Random& random = outside_.random;
  rests_until_ = outside_.now();
  if (random.one_in(2)) rests_until_ += std::chrono::microseconds(random.below(3'000'000));
  if (talks_.empty() && has_wire() && random.one_in(5)) wire().close();
}

void Client::begin() {
  if (next_ == plan_.cases.size()) {
    if (talks_.empty() && has_wire()) wire().close();
    return;
  }
  if (outside_.now() < rests_until_) return;
  if (!has_wire()) {
    if (!talks_.empty()) return;
    if (std::exchange(is_connecting_, false)) {  // the last one never came about
      ledger_.failed(*plan_.cases[next_++], "no connection");
      return mark();
    }
    wires_.push_back(plan_.connect(*this));
    is_connecting_ = true;
    may_rebind_at_ = kNever;
    return;
  }
  while (next_ < plan_.cases.size() && talks_.size() < plan_.streams_max && wire().is_usable()) {
    rebind();
    http::Stream* stream = wire().open();
    if (stream == nullptr) return;
    talks_.push_back(
        std::make_unique<Talk>(outside_, *this, ledger_, wire(), *stream, *plan_.cases[next_++]));
    if (!talks_.back()->go_on()) talks_.pop_back();
  }
}

// Its address changes under way. Not before the handshake is confirmed, for then a server need not follow;
// not while it only listens, for then no server can; and not again before the server can have followed.
void Client::rebind() {
  if (outside_.now() < may_rebind_at_ || !outside_.random.one_in(3)) return;
  may_rebind_at_ = outside_.now() + std::chrono::seconds(2);
  wire().rebind();
}

}  // namespace qp::sim

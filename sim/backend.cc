#include "backend.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "io/socket.h"
#include "plan.h"
#include "serving.h"

namespace qp::sim {

namespace {

io::Fd listen(const Address& address) {
  Result<io::Fd> fd = io::listen_tcp(address, {});
  if (!fd) std::abort();
  return std::move(*fd);
}

// A backend keeps a connection for longer than the proxy does, or else any request may meet a closed one.
conn::TcpOptions patient_options() {
  conn::TcpOptions options;
  options.idle_timeout = std::chrono::hours(1);
  options.head_timeout = std::chrono::hours(1);
  options.write_timeout = std::chrono::hours(1);
  return options;
}

}  // namespace

Backend::Backend(Outside& outside, Ledger& ledger, const Address& address)
    : outside_(outside), ledger_(ledger), address_(address) {
  start();
}

Backend::~Backend() {
  for (const auto& front : fronts_)
    std::erase(outside_.fronts, front.get());
}

void Backend::start() {
  const server::TcpFront::Parts parts{.reactor = outside_.reactor,
                                      .acceptor = *this,
                                      .limits = limits_,
                                      .options = patient_options(),
                                      .h1 = {}};
  fronts_.push_back(std::make_unique<server::TcpFront>(parts, listen(address_)));
  outside_.fronts.push_back(fronts_.back().get());
}

void Backend::stop() {
  ledger_.backend_stops(this);
  fronts_.back()->drain();
  fronts_.back()->close_all();
}

void Backend::suffer(Condition condition) {
  if (condition_ == Condition::down && condition != Condition::down) start();
  if (condition_ != Condition::down && condition == Condition::down) stop();
  condition_ = condition;
  condition_since_ = outside_.now();
}

std::optional<TimePoint> Backend::fails_checks_since(config::HealthCheckType type) const {
  const bool fails =
      type == config::HealthCheckType::tcp ? condition_ == Condition::down : condition_ != Condition::well;
  return fails ? std::optional(condition_since_) : std::nullopt;
}

size_t Backend::live() const {
  size_t connections = 0;
  for (const auto& front : fronts_)
    connections += front->live();
  return connections;
}

void Backend::accept(http::Stream& stream) {
  if (stream.in.request->path == kCheckPath) return void(checkups_.make(*this, stream));
  Case* one = ledger_.find(stream.in.request->path);
  if (one == nullptr) {
    ledger_.complain("a backend got a request that nobody made: " + stream.in.request->path);
    one = &ledger_.add(outside_.random);
  } else if (one->method != stream.in.request->method) {
    ledger_.complain("a backend got another method than the client sent: " + stream.in.request->method);
  }
  servings_.make(*this, stream, *one);
}

}  // namespace qp::sim

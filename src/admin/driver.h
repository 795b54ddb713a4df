// How a backend is stopped and started, beyond taking it out of rotation. Runs on control and never waits.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"

namespace qp::admin {

class Driver {
 public:
  // Why it failed, in words for people; none: it worked.
  using Done = std::function<void(std::optional<std::string> error)>;

  virtual ~Driver() = default;
  virtual std::string_view name() const = 0;
  // `done` is called once, perhaps before these return. One order for a backend at a time.
  virtual void stop(const config::Backend& backend, Done done) = 0;
  virtual void start(const config::Backend& backend, Done done) = 0;
};

// Touches nothing outside: what is stopped gets no requests, and that is all.
class DrainDriver final : public Driver {
 public:
  std::string_view name() const override { return "drain"; }
  void stop(const config::Backend&, Done done) override { done(std::nullopt); }
  void start(const config::Backend&, Done done) override { done(std::nullopt); }
};

}  // namespace qp::admin

// How a backend is stopped and started, beyond taking it out of rotation. Runs on control and never waits:
// what takes time is begun here, and concluded in a later turn.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/decider.h"
#include "config/config.h"
#include "upstream/backend.h"

namespace qp::admin {

class Driver : public Decider {
 public:
  // Why it failed, in words for people; none: it worked.
  using Done = std::function<void(std::optional<std::string> error)>;

  virtual ~Driver() = default;
  virtual std::string_view name() const = 0;
  // Does a stop end anything of this backend, beyond keeping requests away from it?
  virtual bool reaches(const config::Backend&) const { return true; }
  // What is known of its process.
  enum class Process : uint8_t {
    unknown,
    running,
    waiting,  // it has ended by itself, or could not be run; tried again after a pause
    down,     // until somebody starts it
  };
  virtual Process process(const config::Backend&) const { return Process::unknown; }
  // `done` is called once, perhaps before these return. One order for a backend at a time.
  virtual void stop(const config::Backend& backend, Done done) = 0;
  virtual void start(const config::Backend& backend, Done done) = 0;
  // As a crash does: at once, and nothing but a start brings it back.
  virtual void kill(const config::Backend& backend, Done done) = 0;

  // The backends in force: at the start of the proxy, and whenever a reload brought others.
  virtual void install(const std::vector<std::shared_ptr<upstream::Backend>>&) {}
  // The proxy ends and has answered its last request: what the driver has started itself, it stops.
  virtual void close() {}
  virtual bool is_closed() const { return true; }

  bool is_dirty() const override { return false; }
  void advance() override {}
  void reap() override {}
};

// Touches nothing outside: what is stopped gets no requests, and that is all.
class DrainDriver final : public Driver {
 public:
  std::string_view name() const override { return "drain"; }
  bool reaches(const config::Backend&) const override { return false; }
  void stop(const config::Backend&, Done done) override { done(std::nullopt); }
  void start(const config::Backend&, Done done) override { done(std::nullopt); }
  void kill(const config::Backend&, Done done) override { done(std::nullopt); }
};

}  // namespace qp::admin

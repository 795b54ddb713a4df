// One check of one backend, on the same pools and streams that requests use: it connects, asks, and judges
// the answer. Each check has a new connection, because an old one may outlive the socket that listens.
//
// The body is read up to a limit and thrown away: an answer that breaks off before that is none.
#pragma once
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "http/pipe.h"
#include "http/stream.h"
#include "upstream/attempt.h"
#include "upstream/pool.h"

namespace qp::upstream {

class HealthProbeOwner {
 public:
  // "Look at me this turn": marks, and does nothing else.
  virtual void probe_changed() = 0;

 protected:
  ~HealthProbeOwner() = default;
};

class HealthProbe final : private AttemptOwner, private http::StreamOwner {
 public:
  struct Result {
    bool has_passed = false;
    uint16_t status = 0;      // of the response; 0: there was none
    const char* reason = "";  // of a failure; static text
  };

  // Both outlive the probe.
  HealthProbe(HealthProbeOwner& owner, Pool& pool) : owner_(owner), pool_(pool) {}
  HealthProbe(const HealthProbe&) = delete;
  HealthProbe& operator=(const HealthProbe&) = delete;
  ~HealthProbe() = default;

  void begin(TimePoint deadline);  // nothing is under way
  bool is_under_way() const { return attempt_.state() != Attempt::State::none; }
  TimePoint deadline() const { return deadline_; }
  // The result, once; the probe is over then.
  std::optional<Result> advance(TimePoint now);

  static constexpr uint64_t kBodyBytesMax = 64 * 1024;

 private:
  void changed(Attempt&) override { owner_.probe_changed(); }
  void changed(http::Stream&) override { owner_.probe_changed(); }
  std::optional<Result> look();
  std::optional<Result> judge();
  void ask();

  HealthProbeOwner& owner_;
  Pool& pool_;
  Attempt attempt_{*this};
  http::Stream* stream_ = nullptr;  // once asked
  std::optional<http::Pipe> body_;  // of the response
  TimePoint deadline_ = kNever;
};

}  // namespace qp::upstream

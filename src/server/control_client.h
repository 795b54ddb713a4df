// Asks the control center of a running proxy, for commands that are run beside it. One question at a time; it
// takes the turns itself until the answer is there.
#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "config/config.h"
#include "io/signals.h"
#include "server/host.h"
#include "upstream/call.h"
#include "upstream/pool.h"
#include "upstream/resolver.h"

namespace qp::server {

class ControlClient final : public Host,
                            private upstream::CallOwner,
                            private upstream::ResolverOwner,
                            private Timer {
 public:
  static constexpr uint64_t kAnswerBytesMax = 64 * 1024 * 1024;
  static constexpr Duration kPatience = std::chrono::seconds(20);  // for one answer

  struct Answer {
    uint16_t status = 0;
    std::string body;
  };

  // The error says why there can be none, in one line.
  static std::expected<std::unique_ptr<ControlClient>, std::string> make(const config::Url& control,
                                                                         std::string token);
  explicit ControlClient(std::shared_ptr<upstream::Backend> control, std::string token);
  ~ControlClient();

  // The error says why there was no answer.
  std::expected<Answer, std::string> ask(std::string_view method, std::string path, std::string body = {});
  // Until the time has passed, or a signal has come.
  void wait(Duration pause);
  void listen_to(io::Signals& signals) { watch(signals.fd(), signal_bell_); }

 private:
  void take_mail() override {}
  void call_changed() override {}
  void due() override { is_due_ = true; }
  void addresses_changed(const upstream::Backend& backend,
                         std::shared_ptr<const upstream::AddressList> addresses) override;
  void resolve_failed(const upstream::Backend&, const char*) override {}
  void resolved(const upstream::Backend&) override {}

  const std::string token_;
  std::shared_ptr<upstream::Backend> control_;
  upstream::Pool& pool_;
  upstream::Call call_;
  upstream::Resolver resolver_;
  Bell signal_bell_;
  bool is_due_ = false;
};

}  // namespace qp::server

#include "server/control_client.h"

#include <utility>

#include "server/start.h"

namespace qp::server {

std::expected<std::unique_ptr<ControlClient>, std::string> ControlClient::make(const config::Url& control,
                                                                               std::string token) {
  config::Backend backend;
  backend.name = "control";
  backend.url = control;
  auto made = make_backend(backend, 0, {});
  if (!made) return std::unexpected(made.error());
  return std::make_unique<ControlClient>(std::move(*made), std::move(token));
}

ControlClient::ControlClient(std::shared_ptr<upstream::Backend> control, std::string token)
    : Host({}, 0, 0),
      token_(std::move(token)),
      control_(std::move(control)),
      pool_(pools().acquire(control_)),
      call_(*this, pool_, reactor()),
      resolver_(reactor(), *this, {}) {
  resolver_.watch(control_);
}

ControlClient::~ControlClient() {
  resolver_.forget(*control_);
  reactor().timers.disarm(*this);
  pools().release(pool_);
  close_pools();
}

std::expected<ControlClient::Answer, std::string> ControlClient::ask(std::string_view method,
                                                                     std::string path, std::string body) {
  upstream::Call::Request request{.body = std::move(body), .kept_bytes_max = kAnswerBytesMax};
  request.head.method = method;
  request.head.path = control_->config.url.path + path;
  request.head.fields.add(http::Name::user_agent, "quic-proxy");
  if (!token_.empty()) request.head.fields.add("authorization", "Bearer " + token_);

  const TimePoint deadline = reactor().turn.now + kPatience;
  reactor().timers.arm(*this, deadline);
  call_.begin(std::move(request), upstream::Reuse::never, deadline);
  for (;;) {
    if (auto result = call_.advance()) {
      if (result->failure) return std::unexpected(std::string(result->failure->detail));
      return Answer{.status = result->response->status, .body = std::move(result->body)};
    }
    turn();
  }
}

void ControlClient::wait(Duration pause) {
  is_due_ = signal_bell_.is_rung = false;
  reactor().timers.arm(*this, reactor().turn.now + pause);
  while (!is_due_ && !signal_bell_.is_rung)
    turn();
}

void ControlClient::addresses_changed(const upstream::Backend& backend,
                                      std::shared_ptr<const upstream::AddressList> addresses) {
  pools().set_addresses(backend, std::move(addresses));
}

}  // namespace qp::server

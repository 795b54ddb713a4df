#include "server/h3_load.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include "http/pipe.h"
#include "http/stream.h"
#include "server/codec_settings.h"

namespace qp::server {

namespace {

constexpr std::string_view kHost = "localhost";
constexpr uint32_t kBodyBytesMax = 256 * 1024;  // of a response, waiting to be thrown away

// The listener is our own: who stands behind it needs no proof.
std::shared_ptr<const transport::TlsContext> client_tls() {
  auto made = transport::TlsContext::make_client({.verify = transport::TlsClientSettings::Verify::off});
  return made ? *made : nullptr;
}

conn::QuicRouterOptions client_options() {
  const config::Server defaults;
  conn::QuicRouterOptions options;
  options.connections.role = codec::Role::client;
  options.connections.tls = client_tls();
  options.connections.quic = quic_settings(defaults);
  options.connections.h3 = h3_settings(defaults.limits);
  return options;
}

}  // namespace

// One request and its answer, of which nothing but the status counts.
class H3Load::Call final : public http::StreamOwner,
                           public ListNode<DirtyCalls>,
                           public ListNode<WaitingCalls> {
 public:
  Call(H3Load& home, http::Stream& stream, TimePoint deadline)
      : deadline_(deadline), load_number_(home.load_number_), home_(home), stream_(stream) {
    stream_.attach(*this, body_);
    home_.waiting_.push_back(*this);
  }

  void send(const std::string& authority, const std::string& path) {
    http::RequestHead head;
    head.method = "GET";
    head.scheme = "https";
    head.authority = authority;
    head.path = path;
    head.fields.add(http::Name::user_agent, "quic-proxy load");
    stream_.send_head(head, nullptr);
  }
  void advance() {
    while (body_.ready() > 0)
      body_.take(body_.ready());
    if (const uint64_t credit = body_.take_credit(); credit > 0) stream_.credit(credit);
    const http::Inbound& in = stream_.in;
    if (in.response && in.ended) return leave(in.response->status < 500);
    if (in.fault) leave(false);
  }
  void give_up() {
    stream_.reset(http::Reason::cancelled);
    leave(false);
  }
  TimePoint deadline() const { return deadline_; }
  uint64_t load_number() const { return load_number_; }

 private:
  void changed(http::Stream&) override {
    if (!home_.dirty_.holds(*this)) home_.dirty_.push_back(*this);
  }
  void leave(bool has_succeeded) {
    stream_.detach();
    home_.finish(*this, has_succeeded);
  }

  const TimePoint deadline_;
  const uint64_t load_number_;
  H3Load& home_;
  http::Stream& stream_;
  http::Pipe body_{kBodyBytesMax};
};

H3Load::H3Load(conn::Reactor& reactor, const Address& target) : reactor_(reactor), target_(target) {}

H3Load::~H3Load() {
  reactor_.timers.disarm(*this);
  assert(slab_.live() == 0);
}

void H3Load::start(const admin::LoadPlan& plan) {
  if (!router_) {
    auto any = Address::parse(target_.is_v6() ? "::1" : "127.0.0.1", 0);
    auto socket = any ? io::UdpSocket::bind(*any, {}) : std::unexpected(any.error());
    if (!socket) return;
    router_.emplace(conn::QuicRouter::Parts{.reactor = reactor_,
                                            .limits = limits_,
                                            .forwarder = nullptr,
                                            .identity = identity_,
                                            .place = {},
                                            .workers = 1},
                    client_options(), std::move(*socket));
  }
  if (!figures_.is_running) {
    figures_ = {.started = reactor_.turn.wall};
    ++load_number_;
  }
  figures_.is_running = true;
  figures_.plan = plan;
  figures_.ends = reactor_.turn.wall + plan.duration;
  ends_at_ = reactor_.turn.now + plan.duration;
  pace_.emplace(plan.rate, reactor_.turn.now);
  arm();
}

void H3Load::stop() {
  pace_.reset();
  if (std::exchange(figures_.is_running, false)) figures_.ends = reactor_.turn.wall;
}

void H3Load::close() {
  stop();
  if (router_) router_->close_all();
}

void H3Load::advance() {
  dirty_.take_each([](Call& call) { call.advance(); });
  if (!std::exchange(is_due_, false)) return;
  if (reactor_.turn.now >= ends_at_) stop();
  give_up_late();
  send_due();
  arm();
}

void H3Load::send_due() {
  if (!pace_) return;
  for (uint32_t due = pace_->take_due(reactor_.turn.now); due > 0; --due) {
    if (!send()) return;
  }
}

bool H3Load::send() {
  if (slab_.live() >= kCallsMax) return false;
  conn::QuicConnection* connection = next_connection();
  http::Stream* stream = connection != nullptr ? connection->open() : nullptr;
  if (stream == nullptr) return false;
  ++figures_.sent;
  slab_.make(*this, *stream, reactor_.turn.now + kPatience)
      .send(std::string(kHost) + ":" + std::to_string(target_.port()), figures_.plan.path);
  return true;
}

// In turn; those that are not there yet, or not any more, are begun on the way.
conn::QuicConnection* H3Load::next_connection() {
  for (size_t i = 0; i < connections_.size(); ++i) {
    conn::QuicConnection*& connection = connections_[next_++ % connections_.size()];
    if (connection == nullptr) {
      if (auto begun = router_->connect(*this, target_, kHost)) connection = *begun;
    }
    if (connection != nullptr && connection->is_usable()) return connection;
  }
  return nullptr;
}

void H3Load::destroy(conn::Connection& connection) {
  std::ranges::replace_if(
      connections_, [&](const conn::QuicConnection* one) { return one == &connection; }, nullptr);
}

void H3Load::give_up_late() {
  while (Call* oldest = waiting_.front()) {
    if (oldest->deadline() > reactor_.turn.now) return;
    oldest->give_up();
  }
}

void H3Load::finish(Call& call, bool has_succeeded) {
  // The answer to a request of a load before this one is not this one's.
  if (call.load_number() == load_number_) ++(has_succeeded ? figures_.succeeded : figures_.failed);
  waiting_.remove(call);
  if (dirty_.holds(call)) dirty_.remove(call);
  done_.push_back(call);
}

void H3Load::reap() {
  while (Call* call = done_.pop_front())
    slab_.destroy(*call);
}

void H3Load::arm() {
  const TimePoint next = pace_ ? pace_->next() : kNever;
  const TimePoint late = waiting_.empty() ? kNever : waiting_.front()->deadline();
  reactor_.timers.arm(*this, std::min(next, late));
}

}  // namespace qp::server

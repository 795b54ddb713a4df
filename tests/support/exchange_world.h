// One worker's exchanges between a client and backends that follow a script. Connections to backends are
// real, so that pools are; what is said on them isn't. Time is the test's.
#pragma once
#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "observe/access_log.h"
#include "proxy/exchanges.h"
#include "support/reactor_world.h"
#include "support/scripted_stream.h"

namespace qp::test {

inline http::RequestHead request_head(std::string_view method = "GET", std::string_view path = "/") {
  http::RequestHead head;
  head.method = method;
  head.scheme = "https";
  head.authority = "one.test";
  head.path = path;
  return head;
}

class ExchangeWorld : public testing::Test, private observe::ExchangeObserver {
 protected:
  ExchangeWorld() {
    config_.server.name = "proxy";
    peer_.address = "192.0.2.7";
    world_.advance = [this] {
      if (exchanges_) exchanges_->advance();
    };
    client_.peer = &peer_;
  }
  ~ExchangeWorld() override {
    end_of(client_);
    for (ScriptedStream& other : others_)
      end_of(other);
    turns();
    pools_.close_all();
    turns();
    exchanges_.reset();
    pools_.sweep();
  }

  // Nothing is said there but by the script.
  void add_backend(std::string name) {
    listeners_.push_back(*io::listen_tcp(*Address::parse("127.0.0.1", 0), {}));
    add(std::move(name), io::local_address(listeners_.back().get())->port());
  }
  // Nobody listens there.
  void add_dead_backend(std::string name) {
    const io::Fd gone = *io::listen_tcp(*Address::parse("127.0.0.1", 0), {});
    add(std::move(name), io::local_address(gone.get())->port());
  }

  void start() {
    std::vector<std::shared_ptr<upstream::Backend>> backends;
    for (const config::Backend& backend : config_.backends)
      backends.push_back(std::make_shared<upstream::Backend>(backend, nullptr));
    exchanges_.emplace(proxy::Exchanges::Parts{.turn = world_.reactor.turn,
                                               .timers = world_.timers,
                                               .blocks = world_.blocks,
                                               .random = world_.random,
                                               .pools = pools_},
                       proxy::make_snapshot(config_, std::move(backends), 443));
    exchanges_->tell({&log_, this});
  }
  // A request without a body; or with one that the test sends.
  void serve(http::RequestHead head) {
    begin(client_, std::move(head));
    client_.receive_end();
    turns();
  }
  void begin(ScriptedStream& client, http::RequestHead head) {
    if (!exchanges_) start();
    client.peer = &peer_;
    client.receive(std::move(head));
    exchanges_->accept(client);
    turns();
  }
  ScriptedStream& add_client() { return others_.emplace_back(); }

  void turns() {
    for (int i = 0; i < 3; ++i)
      world_.turn();
    if (exchanges_) exchanges_->reap();
  }
  void pass(Duration duration) {
    world_.pass(duration);
    turns();
  }
  // The n-th request that reached a backend, whichever.
  ScriptedStream& asked(size_t n) {
    world_.until([&] { return codecs_.streams.size() > n && codecs_.streams[n].request.has_value(); });
    return codecs_.streams.at(n);
  }
  void until_over() {
    world_.until([&] { return record_.has_value(); });
    turns();
  }
  size_t requests() const { return codecs_.streams.size(); }
  std::string_view backend_of(const ScriptedStream& stream) const {
    for (const config::Backend& backend : config_.backends) {
      if (backend.url.port == stream.peer_port) return backend.name;
    }
    return "";
  }

  std::string_view field(http::Name name) const {
    return client_.answer ? client_.answer->fields.find(name).value_or("(none)") : "(no answer)";
  }
  std::string log() const { return std::string(ring_.readable()[0]) + std::string(ring_.readable()[1]); }
  bool log_has(std::string_view text) const { return log().find(text) != std::string::npos; }

  ReactorWorld world_;
  ScriptedCodecs codecs_;
  upstream::Pools pools_{world_.reactor, codecs_, 0};
  LogRing ring_{64 * 1024};
  observe::AccessLog log_{ring_, world_.random, {}};
  config::Config config_;
  http::Peer peer_;
  ScriptedStream client_;
  std::optional<proxy::Exchanges> exchanges_;
  std::optional<observe::ExchangeRecord> record_;  // of the exchange that ended last,
  std::vector<observe::AttemptRecord> attempts_;   // and its attempts; text of the backends only

 private:
  void exchange_ended(const observe::ExchangeRecord& record) override {
    record_ = record;
    attempts_.assign(record.attempts.begin(), record.attempts.end());
  }
  void add(std::string name, uint16_t port) {
    config::Backend backend{.name = std::move(name)};
    backend.url.host = "127.0.0.1";
    backend.url.port = port;
    config_.backends.push_back(std::move(backend));
  }
  static void end_of(ScriptedStream& client) {
    if (!client.is_let_go()) client.break_off(ErrorCode::reset, Origin::client);
  }

  std::deque<ScriptedStream> others_;
  std::vector<io::Fd> listeners_;
};

}  // namespace qp::test

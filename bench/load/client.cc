#include "load/client.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "transport/tls_context.h"

namespace qp::load {

namespace {

[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "load: %s\n", why);
  std::exit(1);
}

template <typename Expected>
auto must(Expected expected, const char* why_not) {
  if (!expected) give_up(why_not);
  return std::move(*expected);
}

transport::Congestion congestion_of(const std::string& name) {
  if (name == "cubic") return transport::Congestion::cubic;
  return name == "reno" ? transport::Congestion::reno : transport::Congestion::bbr;
}

}  // namespace

// One request of ours.
class Client::Question final : public Talk {
 public:
  Question(Client& client, Line& from, http::Stream& stream) : Talk(client.dirty_, stream), line(from) {
    const Plan& plan = client.plan_;
    http::RequestHead head;
    head.method = plan.upload_bytes > 0 ? "POST" : "GET";
    head.scheme = "https";
    head.authority = "localhost";
    head.path = plan.path;
    http::Pipe* body = plan.upload_bytes > 0 ? promise(plan.upload_bytes, head.fields) : promise_nothing();
    stream_.send_head(head, body);
  }
  bool is_answered() const { return !has_failed() && stream_.in.response->status == 200; }

  Line& line;
};

// The place of one connection, which has one after the other.
class Client::Line final : public conn::ConnectionOwner {
 public:
  explicit Line(Client& client) : client_(client) {}

  // As many requests as may be under way.
  void go_on() {
    if (client_.tally_.begun < client_.plan_.requests && quic_ == nullptr && tcp_ == nullptr) connect();
    if (!is_changed_ && under_way_ == client_.plan_.streams) return;
    is_changed_ = false;
    while (under_way_ < client_.plan_.streams && begun_ < client_.plan_.requests_per_connection &&
           client_.tally_.begun < client_.plan_.requests) {
      http::Stream* stream = quic_ != nullptr ? quic_->open() : tcp_->open();
      if (stream == nullptr) return;
      new Question(client_, *this, *stream);  // deleted by finish()
      ++under_way_;
      ++begun_;
      ++client_.tally_.begun;
    }
  }
  void finish_one() {
    --under_way_;
    if (under_way_ == 0 && begun_ == client_.plan_.requests_per_connection) close();
  }
  void close() {
    if (quic_ != nullptr)
      std::exchange(quic_, nullptr)->close();  // its closing period is the router's business
    if (tcp_ != nullptr) tcp_->close();
  }

 private:
  void connect() {
    begun_ = 0;
    if (client_.router_) {
      quic_ = must(client_.router_->connect(*this, client_.remote_, "localhost"), "no QUIC connection");
    } else {
      const TimePoint deadline = client_.machine_.reactor.turn.now + std::chrono::seconds(10);
      tcp_ = std::make_unique<conn::TcpConnection>(client_.machine_.reactor, *this, client_.tcp_,
                                                   client_.remote_, deadline);
    }
  }
  void connection_changed(conn::Connection& /*connection*/) override { is_changed_ = true; }
  void destroy(conn::Connection& connection) override {
    if (begun_ == 0 && holds(connection)) give_up("a connection failed");
    if (quic_ == &connection) quic_ = nullptr;
    if (tcp_.get() == &connection) tcp_.reset();
  }
  bool holds(const conn::Connection& connection) const {
    return quic_ == &connection || tcp_.get() == &connection;
  }

  Client& client_;
  conn::QuicConnection* quic_ = nullptr;  // the router's
  std::unique_ptr<conn::TcpConnection> tcp_;
  uint32_t under_way_ = 0;
  uint64_t begun_ = 0;  // on this connection
  bool is_changed_ = true;
};

Client::Client(Machine& machine, Plan plan)
    : machine_(machine),
      plan_(std::move(plan)),
      remote_(must(Address::parse(plan_.host, plan_.port), "that is no IP address")),
      codecs_(codec::H1Settings{}) {
  auto tls = must(transport::TlsContext::make_client({.verify = transport::TlsClientSettings::Verify::off}),
                  "no TLS");
  tcp_.role = codec::Role::client;
  tcp_.codecs = &codecs_;
  tcp_.tls = tls;
  tcp_.server_name = "localhost";
  if (plan_.is_h3) {
    conn::QuicRouterOptions options;
    options.connections.role = codec::Role::client;
    options.connections.tls = tls;
    options.connections.quic.congestion = congestion_of(plan_.congestion);
    // The windows of common browsers.
    options.connections.quic.stream_window_bytes = 6 * 1024 * 1024;
    options.connections.quic.connection_window_bytes = 15 * 1024 * 1024;
    auto socket = must(io::UdpSocket::bind(must(Address::parse("0.0.0.0", 0), ""), {.reuse_port = false}),
                       "no UDP socket");
    router_ = std::make_unique<conn::QuicRouter>(
        conn::QuicRouter::Parts{machine_.reactor, limits_, nullptr, identity_, {}, 1}, options,
        std::move(socket));
  }
  for (uint32_t i = 0; i < plan_.connections; ++i)
    lines_.push_back(std::make_unique<Line>(*this));
}

Client::~Client() = default;

bool Client::go_on() {
  while (Talk* talk = dirty_.pop_front()) {
    if (!talk->go_on()) finish(static_cast<Question&>(*talk));
  }
  for (const auto& line : lines_)
    line->go_on();
  if (tally_.answered + tally_.failed == plan_.requests) leave();
  return !dirty_.empty();
}

void Client::leave() {
  if (std::exchange(has_left_, true)) return;
  for (const auto& line : lines_)
    line->close();
}

void Client::finish(Question& question) {
  tally_.bytes += question.received() + plan_.upload_bytes;
  ++(question.is_answered() ? tally_.answered : tally_.failed);
  Line& line = question.line;
  delete &question;
  line.finish_one();
}

}  // namespace qp::load

// Routers of QUIC connections and their clients, joined by real sockets on loopback. Time is the test's.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "conn/quic_router.h"
#include "support/certificates.h"
#include "support/codec_kit.h"
#include "support/reactor_world.h"
#include "transport/tls_context.h"

namespace qp::test {

class QuicClientOwner final : public conn::ConnectionOwner {
 public:
  void connection_changed(conn::Connection&) override { ++changes; }
  void destroy(conn::Connection&) override { ++destroyed; }
  int changes = 0;
  int destroyed = 0;
};

class RecordingForwarder final : public conn::DatagramForwarder {
 public:
  void forward(uint32_t worker, const io::Datagram& datagram) override {
    workers.push_back(worker);
    if (target == nullptr) return;
    std::vector<unsigned char> bytes(datagram.bytes.begin(), datagram.bytes.end());
    io::Datagram copy = datagram;
    copy.bytes = bytes;
    target->handle(copy);
  }
  std::vector<uint32_t> workers;
  conn::QuicRouter* target = nullptr;
};

// A raw peer: a UDP socket without any QUIC behind it.
class RawUdpPeer {
 public:
  explicit RawUdpPeer(ReactorWorld& world)
      : world_(world), socket(*io::UdpSocket::bind(*Address::parse("127.0.0.1", 0), {})) {}

  void send(std::span<const unsigned char> bytes, const Address& to) {
    const auto room = socket.reserve(bytes.size());
    std::ranges::copy(bytes, room.begin());
    socket.commit(bytes.size(), bytes.size(), Address(), to, 0);
    socket.flush();
  }
  // What comes back within a few turns; empty: nothing.
  std::vector<unsigned char> answer() {
    for (int i = 0; i < 20; ++i) {
      world_.turn();
      const auto datagrams = socket.receive();
      if (!datagrams.empty()) return {datagrams[0].bytes.begin(), datagrams[0].bytes.end()};
    }
    return {};
  }

 private:
  ReactorWorld& world_;

 public:
  io::UdpSocket socket;
};

class QuicRouterWorld : public testing::Test {
 protected:
  QuicRouterWorld() {
    const auto files = certificates_.make({"localhost"});
    transport::TlsServerSettings server;
    server.certificates.push_back({files.cert_file, files.key_file});
    server_tls_ = *transport::TlsContext::make_server(server);
    transport::TlsClientSettings client;
    client.ca_file = certificates_.ca_file();
    client_tls_ = *transport::TlsContext::make_client(client);
    world_.advance = [this] {
      for (const auto& router : routers_) {
        router->flush();
        router->receive_more();
      }
    };
  }
  ~QuicRouterWorld() override {
    detach_all();
    for (const auto& router : routers_)
      router->close_all();
    world_.turn();
  }

  conn::QuicRouterOptions server_options() {
    conn::QuicRouterOptions options;
    options.connections.acceptor = &acceptor_;
    options.connections.tls = server_tls_;
    options.retry = conn::QuicRouterOptions::Retry::off;
    return options;
  }
  conn::QuicRouter* make(conn::QuicRouterOptions options, conn::QuicIdSealer::Place place = {},
                         uint32_t workers = 1) {
    auto socket = io::UdpSocket::bind(*Address::parse("127.0.0.1", 0), {});
    routers_.push_back(std::make_unique<conn::QuicRouter>(
        conn::QuicRouter::Parts{world_.reactor, limits_, workers > 1 ? &forwarder_ : nullptr, identity_,
                                place, workers},
        std::move(options), std::move(*socket)));
    return routers_.back().get();
  }
  conn::QuicRouter* make_client() {
    conn::QuicRouterOptions options;
    options.connections.role = codec::Role::client;
    options.connections.tls = client_tls_;
    return make(std::move(options));
  }
  conn::QuicConnection& connect(conn::QuicRouter& client, const conn::QuicRouter& server) {
    return **client.connect(client_owner_, server.udp().local(), "localhost");
  }
  // Time goes on by a millisecond a turn, for pacing waits for it.
  void until(const std::function<bool()>& condition) {
    world_.until([&] {
      world_.reactor.turn.now += std::chrono::milliseconds(1);
      world_.advance();
      return condition();
    });
  }
  StreamEnd& send(conn::QuicConnection& client, const std::string& method = "GET") {
    http::RequestHead head;
    head.method = method;
    head.scheme = "https";
    head.authority = "localhost";
    head.path = "/";
    requests_.push_back(std::make_unique<StreamEnd>(*client.open()));
    requests_.back()->stream.send_head(head, method == "GET" ? nullptr : &requests_.back()->outgoing);
    return *requests_.back();
  }
  void detach_all() {
    for (auto& end : requests_)
      end->stream.detach();
    for (auto& end : acceptor_.ends)
      end->stream.detach();
    requests_.clear();
    acceptor_.ends.clear();
  }
  static std::vector<unsigned char> datagram(uint32_t version, size_t size,
                                             std::span<const unsigned char> id) {
    std::vector<unsigned char> bytes(size);
    bytes[0] = 0xc0;
    for (int i = 0; i < 4; ++i)
      bytes[1 + static_cast<size_t>(i)] = static_cast<unsigned char>(version >> (24 - 8 * i));
    bytes[5] = static_cast<unsigned char>(id.size());
    std::ranges::copy(id, bytes.begin() + 6);
    return bytes;
  }

  Certificates certificates_;
  std::shared_ptr<const transport::TlsContext> server_tls_;
  std::shared_ptr<const transport::TlsContext> client_tls_;
  ReactorWorld world_;
  conn::ClientLimits limits_{1000, 1000};
  conn::QuicIdentity identity_{transport::Secret::random()};
  RecordingForwarder forwarder_;
  TestAcceptor acceptor_;
  QuicClientOwner client_owner_;
  std::vector<std::unique_ptr<StreamEnd>> requests_;
  std::vector<std::unique_ptr<conn::QuicRouter>> routers_;
};

}  // namespace qp::test

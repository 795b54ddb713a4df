#include "server/tcp_front.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "support/certificates.h"
#include "support/codec_kit.h"
#include "support/line_codec.h"
#include "support/reactor_world.h"
#include "transport/tls_context.h"

namespace qp::server {
namespace {

class TcpFrontTest : public testing::Test {
 protected:
  TcpFrontTest() {
    const auto files = certificates_.make({"localhost"});
    tls_ = transport::TlsContext::make_server({.certificates = {{files.cert_file, files.key_file}}}).value();
    world_.advance = [this] { front_->accept_more(); };
  }
  ~TcpFrontTest() override {
    front_->drain();
    front_->close_all();
    world_.turn();
  }

  void listen(std::shared_ptr<const transport::TlsContext> tls) {
    io::Fd listener = *io::listen_tcp(*Address::parse("127.0.0.1", 0), {});
    address_ = *io::local_address(listener.get());
    conn::TcpOptions options;
    options.tls = std::move(tls);
    front_.emplace(TcpFront::Parts{world_.reactor, acceptor_, limits_, options, {}}, std::move(listener));
  }

  test::Certificates certificates_;
  std::shared_ptr<const transport::TlsContext> tls_;
  test::ReactorWorld world_;
  test::TestAcceptor acceptor_;
  conn::ClientLimits limits_{10, 10, 1};
  Address address_;
  std::optional<TcpFront> front_;
};

TEST_F(TcpFrontTest, RefusesOneHandshakeTooMany) {
  listen(tls_);
  std::optional<io::Fd> first = *io::connect_tcp(address_);
  world_.until([&] { return front_->accepted() == 1; });

  const io::Fd second = *io::connect_tcp(address_);
  world_.until([&] { return front_->refused() == 1; });
  EXPECT_EQ(limits_.connections(), 1u);

  first.reset();
  world_.until([&] { return front_->live() == 0; });
  EXPECT_EQ(limits_.half_open(), 0u);
  EXPECT_EQ(limits_.connections(), 0u);
}

TEST_F(TcpFrontTest, CountsHandshakesUntilTheyAreComplete) {
  listen(tls_);
  test::LineCodecs codecs;
  codecs.settings.role = codec::Role::client;
  conn::TcpOptions options;
  options.role = codec::Role::client;
  options.codecs = &codecs;
  options.server_name = "localhost";
  options.tls = transport::TlsContext::make_client({.ca_file = certificates_.ca_file()}).value();
  struct Owner final : conn::ConnectionOwner {
    void connection_changed(conn::Connection&) override {}
    void destroy(conn::Connection&) override { connection.reset(); }
    std::optional<conn::TcpConnection> connection;
  } owner;
  owner.connection.emplace(world_.reactor, owner, options, address_,
                           world_.reactor.turn.now + std::chrono::seconds(5));

  world_.until(
      [&] { return owner.connection->is_usable() && front_->live() == 1 && limits_.half_open() == 0; });

  EXPECT_EQ(limits_.connections(), 1u);
  owner.connection->close();
  world_.until([&] { return front_->live() == 0; });
}

TEST_F(TcpFrontTest, HasNoHandshakesToCountInPlainHttp) {
  listen(nullptr);
  const io::Fd first = *io::connect_tcp(address_);
  const io::Fd second = *io::connect_tcp(address_);
  world_.until([&] { return front_->accepted() == 2; });

  EXPECT_EQ(limits_.half_open(), 0u);
}

TEST_F(TcpFrontTest, ShowsItsNewestConnectionsFirstUpToALimit) {
  listen(nullptr);
  std::vector<io::Fd> clients;
  for (size_t count = 1; count <= 3; ++count) {
    clients.push_back(*io::connect_tcp(address_));
    world_.until([&] { return front_->accepted() == count; });
  }

  std::vector<uint16_t> ports;
  front_->visit_newest(
      2, [&](const conn::TcpConnection& connection) { ports.push_back(connection.peer().port); });

  EXPECT_EQ(ports, (std::vector{io::local_address(clients[2].get())->port(),
                                io::local_address(clients[1].get())->port()}));
}

}  // namespace
}  // namespace qp::server

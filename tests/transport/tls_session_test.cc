#include "transport/tls_session.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "support/certificates.h"
#include "support/pattern.h"
#include "transport/tls_context.h"

namespace qp::transport {
namespace {

using test::pattern;

std::string text_of(const std::vector<Slice>& slices) {
  std::string text;
  for (const Slice& slice : slices)
    text += slice.text();
  return text;
}

std::string take_output(TlsSession& session) {
  std::string bytes;
  for (const Slice& slice : session.output())
    bytes += slice.text();
  session.output_sent(bytes.size());
  return bytes;
}

Result<> send(TlsSession& session, std::string_view text) {
  const Bytes piece = bytes_of(text);
  return session.send({&piece, 1});
}

// A client and a server of one process, and what each has received.
class TlsSessionTest : public testing::Test {
 protected:
  TlsSessionTest() {
    for (const auto& names :
         {std::initializer_list<std::string_view>{"first.test"}, {"second.test", "*.wild.test"}}) {
      const auto files = certificates_.make(names);
      serving_.certificates.push_back({files.cert_file, files.key_file});
    }
    trusting_.ca_file = certificates_.ca_file();
  }

  void open(std::string_view server_name = "first.test") {
    server_tls_ = TlsContext::make_server(serving_).value();
    client_tls_ = TlsContext::make_client(trusting_).value();
    server_ = TlsSession::accept(*server_tls_, blocks_);
    client_ = TlsSession::connect(*client_tls_, blocks_, server_name);
  }

  // Passes bytes to and fro until nobody has any; pieces of at most `piece_max` bytes.
  Result<> settle(size_t piece_max = SIZE_MAX) {
    while (client_->output_bytes() > 0 || server_->output_bytes() > 0) {
      if (auto carried = carry(*client_, *server_, at_server_, piece_max); !carried) return carried;
      if (auto carried = carry(*server_, *client_, at_client_, piece_max); !carried) return carried;
    }
    return {};
  }

  Result<> carry(TlsSession& from, TlsSession& to, std::vector<Slice>& received, size_t piece_max) {
    const std::string bytes = take_output(from);
    for (size_t at = 0; at < bytes.size();) {
      const size_t size =
          std::min(bytes.size() - at, piece_max == SIZE_MAX ? SIZE_MAX : 1 + random_.next() % piece_max);
      if (auto taken = to.receive(bytes_of(std::string_view(bytes).substr(at, size)), received); !taken)
        return taken;
      at += size;
    }
    return {};
  }

  BlockPool blocks_;
  test::Certificates certificates_;
  TlsServerSettings serving_;
  TlsClientSettings trusting_;
  std::shared_ptr<const TlsContext> server_tls_;
  std::shared_ptr<const TlsContext> client_tls_;
  std::unique_ptr<TlsSession> server_;
  std::unique_ptr<TlsSession> client_;
  std::vector<Slice> at_server_;
  std::vector<Slice> at_client_;
  Random random_{5};
};

TEST_F(TlsSessionTest, HandshakeAgreesOnTheBestOfBothSides) {
  open();

  ASSERT_TRUE(settle());

  EXPECT_TRUE(client_->is_handshake_completed());
  EXPECT_TRUE(server_->is_handshake_completed());
  EXPECT_EQ(server_->version(), "TLSv1.3");
  EXPECT_EQ(server_->cipher(), "TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(server_->protocol(), "http/1.1");
  EXPECT_EQ(client_->protocol(), "http/1.1");
  EXPECT_EQ(server_->server_name(), "first.test");
}

struct SniCase {
  std::string_view server_name;
  bool is_trusted;  // the certificate that comes names it
};

class TlsSessionNameTest : public TlsSessionTest, public testing::WithParamInterface<SniCase> {};

TEST_P(TlsSessionNameTest, TheServerShowsTheCertificateOfThatName) {
  open(GetParam().server_name);

  EXPECT_EQ(settle().has_value(), GetParam().is_trusted);
  EXPECT_EQ(client_->is_handshake_completed() && server_->is_handshake_completed(), GetParam().is_trusted);
}

INSTANTIATE_TEST_SUITE_P(Names, TlsSessionNameTest,
                         testing::Values(SniCase{"first.test", true}, SniCase{"SECOND.test", true},
                                         SniCase{"any.wild.test", true}, SniCase{"ANY.Wild.Test", true},
                                         SniCase{"too.deep.wild.test", false}, SniCase{"unknown.test", false},
                                         SniCase{"", true}));

TEST_F(TlsSessionTest, AClientThatNamesNobodyGetsTheFirstCertificate) {
  open("");

  ASSERT_TRUE(settle());

  EXPECT_EQ(server_->server_name(), "");
}

TEST_F(TlsSessionTest, AnIpAddressIsVerifiedAsOneAndNotSentAsAName) {
  const auto files = certificates_.make({"IP:127.0.0.1"});
  serving_.certificates = {{files.cert_file, files.key_file}};
  open("127.0.0.1");

  ASSERT_TRUE(settle());
  EXPECT_EQ(server_->server_name(), "");

  open("127.0.0.2");
  EXPECT_FALSE(settle());
}

TEST_F(TlsSessionTest, AnUnknownAuthorityIsRefusedAndSaysSo) {
  test::Certificates strangers;
  trusting_.ca_file = strangers.ca_file();
  open();

  const Result<> settled = settle();

  ASSERT_FALSE(settled);
  EXPECT_EQ(settled.error().code, ErrorCode::tls);
  EXPECT_STREQ(settled.error().detail, "unable to get local issuer certificate");
}

TEST_F(TlsSessionTest, VerificationCanBeOff) {
  trusting_ = {.verify = TlsClientSettings::Verify::off, .ca_file = {}};
  open("unknown.test");

  EXPECT_TRUE(settle());
}

TEST_F(TlsSessionTest, ARefusedClientStillGetsItsAlert) {
  trusting_.tcp_protocols = {"spdy/3"};
  open();
  std::vector<Slice> plain;

  const Result<> refused = server_->receive(bytes_of(take_output(*client_)), plain);

  ASSERT_FALSE(refused);
  EXPECT_GT(server_->output_bytes(), 0u);
  EXPECT_FALSE(client_->receive(bytes_of(take_output(*server_)), plain));
}

TEST_F(TlsSessionTest, CarriesBytesBothWaysInPiecesCutAtRandom) {
  open();
  ASSERT_TRUE(settle(100));
  const std::string up = pattern(300'000, 1);
  const std::string down = pattern(300'000, 2);

  ASSERT_TRUE(send(*client_, up));
  ASSERT_TRUE(send(*server_, down));
  ASSERT_TRUE(settle(5000));

  EXPECT_TRUE(text_of(at_server_) == up);
  EXPECT_TRUE(text_of(at_client_) == down);
}

TEST_F(TlsSessionTest, ArrivesByteByByte) {
  open();
  ASSERT_TRUE(settle(1));

  ASSERT_TRUE(send(*client_, "hello"));
  ASSERT_TRUE(settle(1));

  EXPECT_EQ(text_of(at_server_), "hello");
}

TEST_F(TlsSessionTest, PiecesShareARecord) {
  open();
  ASSERT_TRUE(settle());
  const Bytes pieces[] = {bytes_of("HTTP/1.1 200 OK\r\n"), bytes_of("\r\n"), bytes_of("body")};

  ASSERT_TRUE(server_->send(pieces));

  EXPECT_EQ(server_->output_bytes(), 17u + 2 + 4 + 5 + 1 + 16);  // one header, one type, one tag
}

TEST_F(TlsSessionTest, OneByteMoreThanARecordTakesTwo) {
  open();
  ASSERT_TRUE(settle());
  constexpr size_t kOverhead = 5 + 1 + 16;

  ASSERT_TRUE(send(*server_, pattern(TlsSession::kRecordBytes)));
  EXPECT_EQ(take_output(*server_).size(), TlsSession::kRecordBytes + kOverhead);

  ASSERT_TRUE(send(*server_, pattern(TlsSession::kRecordBytes + 1)));
  EXPECT_EQ(take_output(*server_).size(), TlsSession::kRecordBytes + 1 + 2 * kOverhead);
}

TEST_F(TlsSessionTest, OutputThatIsSentInPartsStaysInOrder) {
  open();
  ASSERT_TRUE(settle());
  const std::string body = pattern(200'000);
  ASSERT_TRUE(send(*server_, body));

  std::string wire;
  while (server_->output_bytes() > 0) {
    const std::string_view first = server_->output().front().text();
    const size_t size = std::min<size_t>(first.size(), 1 + random_.next() % 70'000);
    wire += first.substr(0, size);
    server_->output_sent(size);
  }
  ASSERT_TRUE(client_->receive(bytes_of(wire), at_client_));

  EXPECT_TRUE(text_of(at_client_) == body);
}

TEST_F(TlsSessionTest, CloseNotifyIsToldFromACutConnection) {
  open();
  ASSERT_TRUE(settle());

  ASSERT_TRUE(send(*server_, "last words"));
  server_->close();
  EXPECT_FALSE(client_->is_input_ended());
  ASSERT_TRUE(settle());

  EXPECT_EQ(text_of(at_client_), "last words");
  EXPECT_TRUE(client_->is_input_ended());
}

TEST_F(TlsSessionTest, NothingIsSentBehindTheClose) {
  open();
  ASSERT_TRUE(settle());

  server_->close();

  EXPECT_FALSE(send(*server_, "too late"));
}

TEST_F(TlsSessionTest, ARecordThatIsCutShortIsNotDelivered) {
  open();
  ASSERT_TRUE(settle());
  ASSERT_TRUE(send(*client_, "complete or nothing"));
  std::string wire = take_output(*client_);
  wire.pop_back();

  ASSERT_TRUE(server_->receive(bytes_of(wire), at_server_));

  EXPECT_EQ(text_of(at_server_), "");
  EXPECT_FALSE(server_->is_input_ended());
}

TEST_F(TlsSessionTest, ARecordThatWasChangedIsRefused) {
  open();
  ASSERT_TRUE(settle());
  ASSERT_TRUE(send(*client_, "genuine"));
  std::string wire = take_output(*client_);
  wire.back() = static_cast<char>(wire.back() ^ 1);

  const Result<> received = server_->receive(bytes_of(wire), at_server_);

  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, ErrorCode::tls);
  EXPECT_EQ(text_of(at_server_), "");
}

TEST_F(TlsSessionTest, GarbageIsRefused) {
  open();
  std::vector<Slice> plain;

  EXPECT_FALSE(server_->receive(bytes_of("GET / HTTP/1.1\r\nHost: first.test\r\n\r\n"), plain));

  EXPECT_TRUE(plain.empty());
}

TEST_F(TlsSessionTest, AnIdleSessionHoldsNoBlocks) {
  open();
  ASSERT_TRUE(settle());
  ASSERT_TRUE(send(*client_, pattern(100'000)));
  ASSERT_TRUE(settle());

  at_server_.clear();
  at_client_.clear();

  EXPECT_TRUE(client_->output().empty());
  EXPECT_LE(blocks_.memory(), 64u * 1024);  // the tail
}

// A client of the library itself, for what ours has no use for: tickets that go from one connection to the
// next.
class TicketClient {
 public:
  TicketClient() : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_set_app_data(context_, this);
    SSL_CTX_sess_set_new_cb(context_, [](SSL* ssl, SSL_SESSION* session) {
      auto* client = static_cast<TicketClient*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
      SSL_SESSION_free(client->ticket_);
      client->ticket_ = session;
      return 1;
    });
  }
  ~TicketClient() {
    SSL_SESSION_free(ticket_);
    SSL_CTX_free(context_);
  }

  // Shakes hands with the last ticket, and keeps the new one; true if the server took it.
  bool resumes(const TlsContext& server_tls, const char* name) {
    BlockPool blocks;
    const auto server = TlsSession::accept(server_tls, blocks);
    SSL* client = SSL_new(context_);
    SSL_set_connect_state(client);
    SSL_set_tlsext_host_name(client, name);
    if (ticket_ != nullptr) SSL_set_session(client, ticket_);
    SSL_set_bio(client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    std::vector<Slice> plain;
    for (int flight = 0; flight < 4; ++flight) {
      char byte = 0;
      SSL_read(client, &byte, 1);  // the handshake, then tickets
      char* data = nullptr;
      const long size = BIO_get_mem_data(SSL_get_wbio(client), &data);
      EXPECT_TRUE(server->receive(bytes_of({data, static_cast<size_t>(size)}), plain));
      BIO_reset(SSL_get_wbio(client));
      const std::string answer = take_output(*server);
      BIO_write(SSL_get_rbio(client), answer.data(), static_cast<int>(answer.size()));
    }
    ERR_clear_error();
    EXPECT_TRUE(server->is_handshake_completed());
    const bool is_resumed = server->is_resumed();
    SSL_set_shutdown(client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);  // or the ticket would be void
    SSL_free(client);
    return is_resumed;
  }

 private:
  SSL_CTX* context_;
  SSL_SESSION* ticket_ = nullptr;
};

TEST_F(TlsSessionTest, ATicketResumesAtTheSameName) {
  open();
  TicketClient client;

  EXPECT_FALSE(client.resumes(*server_tls_, "first.test"));
  EXPECT_TRUE(client.resumes(*server_tls_, "first.test"));
}

TEST_F(TlsSessionTest, ATicketDoesNotOpenAnotherVirtualHost) {
  open();
  TicketClient client;

  EXPECT_FALSE(client.resumes(*server_tls_, "first.test"));
  EXPECT_FALSE(client.resumes(*server_tls_, "second.test"));
}

TEST_F(TlsSessionTest, TicketsSurviveARestartWithTheSameSecret) {
  TicketClient client;
  const auto before = TlsContext::make_server(serving_).value();
  EXPECT_FALSE(client.resumes(*before, "first.test"));

  const auto after = TlsContext::make_server(serving_).value();
  EXPECT_TRUE(client.resumes(*after, "first.test"));

  serving_.ticket_secrets = Secret::random();
  const auto other = TlsContext::make_server(serving_).value();
  EXPECT_FALSE(client.resumes(*other, "first.test"));
}

TEST_F(TlsSessionTest, TicketsOfAFormerSecretOpenAndAreReplaced) {
  const Secret old = Secret::random();
  const Secret young = Secret::random();
  serving_.ticket_secrets = old;
  const auto before = TlsContext::make_server(serving_).value();
  serving_.ticket_secrets = Secrets(young, std::span(&old, 1));
  const auto between = TlsContext::make_server(serving_).value();
  serving_.ticket_secrets = young;
  const auto after = TlsContext::make_server(serving_).value();
  TicketClient client;
  EXPECT_FALSE(client.resumes(*before, "first.test"));

  EXPECT_TRUE(client.resumes(*between, "first.test"));
  EXPECT_TRUE(client.resumes(*after, "first.test"));
}

}  // namespace
}  // namespace qp::transport

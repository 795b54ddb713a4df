// What all TLS and QUIC sessions of one side have in common: certificates chosen by the name the client asks
// for, protocols, keys of session tickets, or whom a client trusts. Immutable once made and shared by all
// threads; parsing is over before the first handshake.
#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "transport/secret.h"
#include "transport/ticket_keys.h"

// OpenSSL's SSL and SSL_CTX, whose headers stay in this room's .cc files.
struct ssl_st;
struct ssl_ctx_st;
struct bio_method_st;

namespace qp::transport {

enum class TlsWire : uint8_t { quic, tcp };

struct CertificateFiles {
  std::string cert_file;  // PEM, leaf first
  std::string key_file;   // PEM
};

// A certificate that is in use.
struct ServedCertificate {
  std::string cert_file;
  WallTime not_after;  // valid up to here
};

struct TlsServerSettings {
  std::vector<CertificateFiles>
      certificates;  // the first one also serves unknown names and clients that name none
  std::vector<std::string> tcp_protocols = {"http/1.1"};  // ALPN, best first; QUIC speaks h3
  Secrets ticket_secrets = Secret::random();              // the same ones in all processes that share tickets
};

struct TlsClientSettings {
  enum class Verify : uint8_t { on, off };
  Verify verify = Verify::on;
  std::string ca_file;  // PEM; empty: the system's roots
  std::vector<std::string> tcp_protocols = {"http/1.1"};
};

// The names that certificates serve, and which certificate that is. Exact names go before wildcards, which
// stand for one label (RFC 9525 §6.3); case and a final dot don't matter.
class CertificateNames {
 public:
  // The certificate that was added first for a name keeps it.
  void add(std::string_view name, size_t certificate);
  // 0, the first one, for a name that nobody serves.
  size_t find(std::string_view server_name) const;
  // All names of one certificate, those included for which another one is shown.
  std::span<const std::string> of(size_t certificate) const;

 private:
  std::unordered_map<std::string, size_t> certificates_;  // "example.com", "*.example.com"; lower case
  std::vector<std::vector<std::string>> names_;           // by certificate
};

class TlsContext {
 public:
  // What went wrong, as a sentence that names the file.
  template <typename T>
  using Loaded = std::expected<T, std::string>;

  static Loaded<std::shared_ptr<const TlsContext>> make_server(const TlsServerSettings& settings);
  static Loaded<std::shared_ptr<const TlsContext>> make_client(const TlsClientSettings& settings);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  // The names, lower case and wildcards included, of the certificate that a client is shown who asks for this
  // server; a request for another one is misdirected (RFC 9110 §7.4).
  std::span<const std::string> names(std::string_view server_name) const {
    return names_.of(names_.find(server_name));
  }

  // In the order of the settings; a client has none.
  std::span<const ServedCertificate> served() const { return served_; }

  // For the sessions of this room. The caller owns what it gets.
  ssl_st* accept(TlsWire wire) const;
  ssl_st* connect(TlsWire wire, std::string_view server_name) const;
  const bio_method_st* memory_method() const { return memory_method_; }
  // The name that the client asked for, lower case; empty: none.
  static std::string server_name(const ssl_st* ssl);

 private:
  // What the library's callbacks are given: whose ClientHello it is.
  struct Side {
    const TlsContext* context;
    TlsWire wire;
  };
  struct Callbacks;
  using Certificate =
      std::array<std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)>, 2>;  // ready for each wire

  TlsContext();
  Loaded<void> load(const TlsServerSettings& settings);
  Loaded<void> load(const TlsClientSettings& settings);
  Loaded<void> add(const CertificateFiles& files);
  ssl_ctx_st* chosen(TlsWire wire, size_t certificate) const;

  std::optional<TicketKeys> ticket_keys_;  // server role
  std::array<Side, 2> sides_;
  std::array<std::string, 2> protocols_;   // by wire, in ALPN's form: each one behind its length
  std::vector<Certificate> certificates_;  // a client has one entry, without a certificate in it
  CertificateNames names_;
  std::vector<ServedCertificate> served_;
  bio_method_st* memory_method_ = nullptr;
};

}  // namespace qp::transport

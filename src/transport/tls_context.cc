#include "transport/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <ctime>

#include "transport/tls_session.h"

namespace qp::transport {
namespace {

using ContextHandle = std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)>;

// Few and fast: AES-128-GCM costs least where the processor has instructions for it; ChaCha20 is for who has
// none.
constexpr char kCiphers13[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr char kCiphers12[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
// The post-quantum hybrid makes a handshake half as dear again: taken where a client offers nothing before
// it.
constexpr char kGroups[] = "X25519:P-256:X25519MLKEM768";

size_t index(TlsWire wire) {
  return static_cast<size_t>(wire);
}

// The library's reason for the last failure. It empties the queue, for the next failure must not find this
// one.
std::string last_reason() {
  const unsigned long code = ERR_peek_error();
  const char* reason =
      ERR_SYSTEM_ERROR(code) ? std::strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason != nullptr ? reason : "unknown error";
}

std::unexpected<std::string> cannot(std::string_view what, const std::string& file) {
  return std::unexpected("cannot " + std::string(what) + " " + file + ": " + last_reason());
}

std::string in_alpn_form(const std::vector<std::string>& protocols) {
  std::string wire;
  for (const std::string& protocol : protocols) {
    assert(!protocol.empty());
    assert(protocol.size() < 256);
    wire += static_cast<char>(protocol.size());
    wire += protocol;
  }
  return wire;
}

std::string normal_form(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return 'A' <= c && c <= 'Z' ? char(c + 32) : c; });
  return lower;
}

// The name in a ClientHello (RFC 6066 §3): a list with one entry, of type host_name.
std::string_view requested_name(SSL* ssl) {
  const unsigned char* data = nullptr;
  size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) != 1 || size < 5) return {};
  const auto number = [data](size_t at) { return size_t{data[at]} << 8 | data[at + 1]; };
  if (number(0) != size - 2 || data[2] != TLSEXT_NAMETYPE_host_name || number(3) > size - 5) return {};
  return {reinterpret_cast<const char*>(data) + 5, number(3)};
}

// A context without certificate or trust, as both sides begin with it.
ContextHandle basic_context(TlsWire wire, const SSL_METHOD* method) {
  ContextHandle handle(SSL_CTX_new(method), SSL_CTX_free);
  SSL_CTX* ctx = handle.get();
  SSL_CTX_set_min_proto_version(ctx, wire == TlsWire::quic ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);  // tickets carry the state instead
  const bool is_set = SSL_CTX_set_ciphersuites(ctx, kCiphers13) == 1 &&
                      SSL_CTX_set_cipher_list(ctx, kCiphers12) == 1 &&
                      SSL_CTX_set1_groups_list(ctx, kGroups) == 1;
  assert(is_set);
  (void)is_set;
  return handle;
}

// A ticket is good for the certificate it was made under and no other: without this, a session that began at
// one virtual host could be resumed at another (RFC 8446 §4.6.1, CVE-2025-23419).
void bind_tickets(SSL_CTX* ctx) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  X509_digest(SSL_CTX_get0_certificate(ctx), EVP_sha256(), digest.data(), &size);
  SSL_CTX_set_session_id_context(ctx, digest.data(), std::min(size, unsigned{SSL_MAX_SID_CTX_LENGTH}));
}

WallTime end_of(const X509* certificate) {
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return WallTime{};
  return WallTime(std::chrono::seconds(timegm(&end)));
}

// The dNSName entries of a certificate; the subject's common name where there are none (RFC 9525 §2 forbids
// the latter to clients, but a server does well to know what its operator meant).
std::vector<std::string> names_in(X509* certificate) {
  std::vector<std::string> names;
  auto* entries =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(entries); ++i) {
    const GENERAL_NAME* entry = sk_GENERAL_NAME_value(entries, i);
    if (entry->type != GEN_DNS) continue;
    const ASN1_STRING* text = entry->d.dNSName;
    names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                       static_cast<size_t>(ASN1_STRING_length(text)));
  }
  GENERAL_NAMES_free(entries);
  if (!names.empty()) return names;

  std::array<char, 256> common_name;
  const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                             common_name.data(), static_cast<int>(common_name.size()));
  if (size > 0) names.emplace_back(common_name.data(), static_cast<size_t>(size));
  return names;
}

}  // namespace

void CertificateNames::add(std::string_view name, size_t certificate) {
  const bool is_whole = !name.empty() && name.find('\0') == std::string_view::npos;
  if (!is_whole) return;
  if (names_.size() <= certificate) names_.resize(certificate + 1);
  names_[certificate].push_back(normal_form(name));
  certificates_.try_emplace(names_[certificate].back(), certificate);
}

size_t CertificateNames::find(std::string_view server_name) const {
  std::string name = normal_form(server_name);
  if (name.starts_with('*')) return 0;
  auto found = certificates_.find(name);
  if (found == certificates_.end()) {
    const size_t dot = name.find('.');
    if (dot == std::string::npos || dot == 0) return 0;
    found = certificates_.find(name.replace(0, dot, "*"));
  }
  return found != certificates_.end() ? found->second : 0;
}

std::span<const std::string> CertificateNames::of(size_t certificate) const {
  return certificate < names_.size() ? std::span<const std::string>(names_[certificate])
                                     : std::span<const std::string>();
}

struct TlsContext::Callbacks {
  // Runs before a ticket is looked at, which a servername callback would not.
  static int hello(SSL* ssl, int*, void* argument) {
    const Side& side = *static_cast<const Side*>(argument);
    SSL_set_SSL_CTX(ssl, side.context->chosen(side.wire, side.context->names_.find(requested_name(ssl))));
    return SSL_CLIENT_HELLO_SUCCESS;
  }

  // The library lets SNI stand in the session, and says so to the client, only if somebody acknowledges it.
  static int name(SSL* ssl, int*, void*) {
    return SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) != nullptr ? SSL_TLSEXT_ERR_OK
                                                                         : SSL_TLSEXT_ERR_NOACK;
  }

  static int protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                      unsigned offered_size, void* argument) {
    const Side& side = *static_cast<const Side*>(argument);
    const std::string& ours = side.context->protocols_[index(side.wire)];
    unsigned char* choice = nullptr;
    const int found =
        SSL_select_next_proto(&choice, out_size, reinterpret_cast<const unsigned char*>(ours.data()),
                              static_cast<unsigned>(ours.size()), offered, offered_size);
    *out = choice;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301 §3.2
  }
};

TlsContext::TlsContext() : sides_{{{this, TlsWire::quic}, {this, TlsWire::tcp}}} {
  memory_method_ = TlsSession::make_bio_method();
}

TlsContext::~TlsContext() {
  TlsSession::free_bio_method(memory_method_);
}

TlsContext::Loaded<std::shared_ptr<const TlsContext>> TlsContext::make_server(
    const TlsServerSettings& settings) {
  std::shared_ptr<TlsContext> context(new TlsContext);
  if (auto loaded = context->load(settings); !loaded) return std::unexpected(std::move(loaded.error()));
  return context;
}

TlsContext::Loaded<std::shared_ptr<const TlsContext>> TlsContext::make_client(
    const TlsClientSettings& settings) {
  std::shared_ptr<TlsContext> context(new TlsContext);
  if (auto loaded = context->load(settings); !loaded) return std::unexpected(std::move(loaded.error()));
  return context;
}

TlsContext::Loaded<void> TlsContext::load(const TlsServerSettings& settings) {
  if (settings.certificates.empty()) return std::unexpected("a TLS server needs at least one certificate");
  protocols_ = {in_alpn_form({"h3"}), in_alpn_form(settings.tcp_protocols)};
  ticket_keys_.emplace(settings.ticket_secrets);
  for (const CertificateFiles& files : settings.certificates) {
    if (auto added = add(files); !added) return added;
  }
  return {};
}

TlsContext::Loaded<void> TlsContext::add(const CertificateFiles& files) {
  Certificate certificate{ContextHandle(nullptr, SSL_CTX_free), ContextHandle(nullptr, SSL_CTX_free)};
  for (Side& side : sides_) {
    ContextHandle handle = basic_context(side.wire, TLS_server_method());
    SSL_CTX* ctx = handle.get();
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(ctx, files.cert_file.c_str()) != 1) {
      return cannot("read certificate", files.cert_file);
    }
    if (SSL_CTX_use_PrivateKey_file(ctx, files.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
      const bool is_mismatch = ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH;
      return cannot(is_mismatch ? "use with " + files.cert_file + " the key" : "read key", files.key_file);
    }
    if (SSL_CTX_check_private_key(ctx) != 1)
      return cannot("use with " + files.cert_file + " the key", files.key_file);

    ticket_keys_->install(ctx);
    bind_tickets(ctx);
    SSL_CTX_set_client_hello_cb(ctx, Callbacks::hello, &side);
    SSL_CTX_set_tlsext_servername_callback(ctx, Callbacks::name);
    SSL_CTX_set_alpn_select_cb(ctx, Callbacks::protocol, &side);
    certificate[index(side.wire)] = std::move(handle);
  }
  X509* leaf = SSL_CTX_get0_certificate(certificate[0].get());
  for (const std::string& name : names_in(leaf)) {
    names_.add(name, certificates_.size());
  }
  served_.push_back({files.cert_file, end_of(leaf)});
  certificates_.push_back(std::move(certificate));
  return {};
}

TlsContext::Loaded<void> TlsContext::load(const TlsClientSettings& settings) {
  protocols_ = {in_alpn_form({"h3"}), in_alpn_form(settings.tcp_protocols)};
  const bool is_verifying = settings.verify == TlsClientSettings::Verify::on;
  Certificate certificate{ContextHandle(nullptr, SSL_CTX_free), ContextHandle(nullptr, SSL_CTX_free)};
  for (const Side& side : sides_) {
    ContextHandle handle = basic_context(side.wire, TLS_client_method());
    SSL_CTX* ctx = handle.get();
    ERR_clear_error();
    if (!settings.ca_file.empty()) {
      if (SSL_CTX_load_verify_file(ctx, settings.ca_file.c_str()) != 1) {
        return cannot("read trusted certificates", settings.ca_file);
      }
    } else if (is_verifying && SSL_CTX_set_default_verify_paths(ctx) != 1) {
      return cannot("read", "the system's trusted certificates");
    }
    SSL_CTX_set_verify(ctx, is_verifying ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    const std::string& protocols = protocols_[index(side.wire)];
    SSL_CTX_set_alpn_protos(ctx, reinterpret_cast<const unsigned char*>(protocols.data()),
                            static_cast<unsigned>(protocols.size()));
    certificate[index(side.wire)] = std::move(handle);
  }
  certificates_.push_back(std::move(certificate));
  return {};
}

ssl_ctx_st* TlsContext::chosen(TlsWire wire, size_t certificate) const {
  return certificates_[certificate][index(wire)].get();
}

ssl_st* TlsContext::accept(TlsWire wire) const {
  SSL* ssl = SSL_new(chosen(wire, 0));
  SSL_set_accept_state(ssl);
  return ssl;
}

ssl_st* TlsContext::connect(TlsWire wire, std::string_view server_name) const {
  SSL* ssl = SSL_new(chosen(wire, 0));
  SSL_set_connect_state(ssl);
  const std::string name = normal_form(server_name);
  if (name.empty()) return ssl;
  // An IP address is compared with the certificate's addresses, and never sent as SNI (RFC 6066 §3).
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1) return ssl;
  ERR_clear_error();
  SSL_set_tlsext_host_name(ssl, name.c_str());
  SSL_set1_host(ssl, name.c_str());
  return ssl;
}

std::string TlsContext::server_name(const ssl_st* ssl) {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  return name != nullptr ? normal_form(name) : std::string();
}

}  // namespace qp::transport

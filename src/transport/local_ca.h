// A certificate authority for one machine, and server certificates from it: what `quic-proxy cert` makes, so
// that a first start needs no other tool. ECDSA P-256, SHA-256 (RFC 5280).
#pragma once
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

namespace qp::transport {

struct LocalCertificates {
  std::filesystem::path ca_certificate;  // ca.crt: what a client has to trust
  std::filesystem::path ca_key;          // ca.key, mode 0600
  std::filesystem::path certificate;     // server.crt: the leaf, then the CA
  std::filesystem::path key;             // server.key, mode 0600
};

struct CertificateOrder {
  std::filesystem::path directory;
  std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};  // DNS names and IP addresses
  int days = 397;  // browsers refuse leaves that live longer
};

// Makes the authority if the directory has none, and always a new server certificate. The error is a
// sentence.
std::expected<LocalCertificates, std::string> make_certificates(const CertificateOrder& order);

}  // namespace qp::transport

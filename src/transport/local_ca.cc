#include "transport/local_ca.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <system_error>

#include "base/freed_by.h"

namespace qp::transport {

namespace {

constexpr int kAuthorityDays = 3650;
constexpr long kClockSkewSeconds = 3600;  // a client whose clock is slow still accepts it

using Key = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreedBy<X509_free>>;
using Bio = std::unique_ptr<BIO, FreedBy<BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, FreedBy<X509_EXTENSION_free>>;
using std::filesystem::path;

bool is_ip_address(const std::string& name) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, name.c_str(), bytes) == 1 || inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    if (!list.empty()) list += ',';
    list += (is_ip_address(name) ? "IP:" : "DNS:") + name;
  }
  return list;
}

bool add_extension(X509& certificate, X509& issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension != nullptr && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

// A certificate with everything but its extensions and signature.
Certificate blank_certificate(EVP_PKEY& key, const std::string& common_name, int days) {
  Certificate certificate(X509_new());
  unsigned char serial[16];
  RAND_bytes(serial, sizeof serial);
  serial[0] &= 0x7f;
  const std::unique_ptr<BIGNUM, FreedBy<BN_free>> number(BN_bin2bn(serial, sizeof serial, nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get()));
  X509_set_version(certificate.get(), X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kClockSkewSeconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86400L * days);
  X509_set_pubkey(certificate.get(), &key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  return certificate;
}

Certificate make_authority(EVP_PKEY& key) {
  Certificate authority = blank_certificate(key, "quic-proxy local CA", kAuthorityDays);
  X509& self = *authority;
  X509_set_issuer_name(&self, X509_get_subject_name(&self));
  const bool made = add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                    add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                    add_extension(self, self, NID_subject_key_identifier, "hash") &&
                    X509_sign(&self, &key, EVP_sha256()) > 0;
  return made ? std::move(authority) : nullptr;
}

Certificate make_leaf(EVP_PKEY& key, const CertificateOrder& order, X509& authority,
                      EVP_PKEY& authority_key) {
  Certificate leaf = blank_certificate(key, order.names.front(), order.days);
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(&authority));
  const bool made = add_extension(*leaf, authority, NID_basic_constraints, "critical,CA:FALSE") &&
                    add_extension(*leaf, authority, NID_key_usage, "critical,digitalSignature") &&
                    add_extension(*leaf, authority, NID_ext_key_usage, "serverAuth") &&
                    add_extension(*leaf, authority, NID_subject_key_identifier, "hash") &&
                    add_extension(*leaf, authority, NID_authority_key_identifier, "keyid") &&
                    add_extension(*leaf, authority, NID_subject_alt_name, alternative_names(order.names)) &&
                    X509_sign(leaf.get(), &authority_key, EVP_sha256()) > 0;
  return made ? std::move(leaf) : nullptr;
}

// Opened with its final mode: a key is never readable for others, not even for a moment.
Bio create_file(const path& file, mode_t mode) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) return nullptr;
  ::fchmod(fd, mode);
  return Bio(BIO_new_fd(fd, BIO_CLOSE));
}

bool write_key(const path& file, EVP_PKEY& key) {
  const Bio bio = create_file(file, 0600);
  return bio != nullptr &&
         PEM_write_bio_PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) == 1;
}

bool write_chain(const path& file, std::initializer_list<X509*> chain) {
  const Bio bio = create_file(file, 0644);
  if (bio == nullptr) return false;
  for (X509* certificate : chain) {
    if (PEM_write_bio_X509(bio.get(), certificate) != 1) return false;
  }
  return true;
}

std::unexpected<std::string> cannot(const std::string& what, const path& file) {
  return std::unexpected("cannot " + what + " " + file.string() + ": " +
                         std::error_code(errno, std::generic_category()).message());
}

struct Authority {
  Certificate certificate;
  Key key;
};

std::expected<Authority, std::string> load_authority(const LocalCertificates& files) {
  const Bio certificate_file(BIO_new_file(files.ca_certificate.c_str(), "r"));
  if (certificate_file == nullptr) return cannot("read", files.ca_certificate);
  const Bio key_file(BIO_new_file(files.ca_key.c_str(), "r"));
  if (key_file == nullptr) return cannot("read", files.ca_key);
  Authority authority{Certificate(PEM_read_bio_X509(certificate_file.get(), nullptr, nullptr, nullptr)),
                      Key(PEM_read_bio_PrivateKey(key_file.get(), nullptr, nullptr, nullptr))};
  if (authority.certificate == nullptr || authority.key == nullptr ||
      X509_check_private_key(authority.certificate.get(), authority.key.get()) != 1) {
    return std::unexpected(files.ca_certificate.string() + " and " + files.ca_key.string() +
                           " are not a certificate and its key; remove both to have new ones made");
  }
  return authority;
}

std::expected<Authority, std::string> create_authority(const LocalCertificates& files) {
  Authority authority;
  authority.key = Key(EVP_EC_gen("P-256"));
  if (authority.key == nullptr) return std::unexpected("cannot make a key");
  authority.certificate = make_authority(*authority.key);
  if (authority.certificate == nullptr) return std::unexpected("cannot make the authority's certificate");
  if (!write_key(files.ca_key, *authority.key)) return cannot("write", files.ca_key);
  if (!write_chain(files.ca_certificate, {authority.certificate.get()}))
    return cannot("write", files.ca_certificate);
  return authority;
}

}  // namespace

std::expected<LocalCertificates, std::string> make_certificates(const CertificateOrder& order) {
  if (order.names.empty()) return std::unexpected("a certificate needs at least one name");
  const LocalCertificates files{order.directory / "ca.crt", order.directory / "ca.key",
                                order.directory / "server.crt", order.directory / "server.key"};
  std::error_code failed;
  std::filesystem::create_directories(order.directory, failed);
  if (failed) return std::unexpected("cannot make " + order.directory.string() + ": " + failed.message());

  auto authority =
      std::filesystem::exists(files.ca_certificate) ? load_authority(files) : create_authority(files);
  if (!authority) return std::unexpected(authority.error());
  const Key key(EVP_EC_gen("P-256"));
  if (key == nullptr) return std::unexpected("cannot make a key");
  const Certificate leaf = make_leaf(*key, order, *authority->certificate, *authority->key);
  if (leaf == nullptr) {
    ERR_clear_error();
    return std::unexpected("cannot make a certificate for these names: is each a DNS name or an IP address?");
  }
  if (!write_key(files.key, *key)) return cannot("write", files.key);
  if (!write_chain(files.certificate, {leaf.get(), authority->certificate.get()})) {
    return cannot("write", files.certificate);
  }
  return files;
}

}  // namespace qp::transport

#include "support/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace qp::test {
namespace {

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "tests/support/certificates: cannot %s\n", what);
  std::abort();
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  require(extension != nullptr, "make a certificate extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

X509* new_certificate(std::string subject, EVP_PKEY* key, const X509_NAME* issuer) {
  static long serial = 0;
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  if (issuer == nullptr) subject += " " + std::to_string(serial);  // two authorities have two names
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, issuer != nullptr ? issuer : name);
  return certificate;
}

void write_pem(const std::string& file, const auto& write) {
  std::FILE* out = std::fopen(file.c_str(), "w");
  require(out != nullptr, "open a file");
  require(write(out) == 1, "write a PEM file");
  std::fclose(out);
}

}  // namespace

Certificates::Certificates() {
  char folder[] = "/tmp/certificates-XXXXXX";
  require(mkdtemp(folder) != nullptr, "make a temporary folder");
  folder_ = folder;
  ca_key_ = EVP_EC_gen("P-256");
  ca_ = new_certificate("Test CA", ca_key_, nullptr);
  add_extension(ca_, ca_, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(ca_, ca_, NID_key_usage, "critical,keyCertSign");
  require(X509_sign(ca_, ca_key_, EVP_sha256()) > 0, "sign the CA");
  ca_file_ = new_file();
  write_pem(ca_file_, [this](std::FILE* out) { return PEM_write_X509(out, ca_); });
}

Certificates::~Certificates() {
  for (const std::string& file : files_)
    unlink(file.c_str());
  rmdir(folder_.c_str());
  X509_free(ca_);
  EVP_PKEY_free(ca_key_);
}

Certificates::Files Certificates::make(std::initializer_list<std::string_view> names) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = new_certificate("common.example", key, X509_get_subject_name(ca_));
  std::string entries;
  for (const std::string_view name : names) {
    if (!entries.empty()) entries += ',';
    if (!name.starts_with("IP:")) entries += "DNS:";
    entries += name;
  }
  if (!entries.empty()) add_extension(certificate, ca_, NID_subject_alt_name, entries);
  require(X509_sign(certificate, ca_key_, EVP_sha256()) > 0, "sign a certificate");

  const Files files{.cert_file = new_file(), .key_file = new_file()};
  write_pem(files.cert_file, [certificate](std::FILE* out) { return PEM_write_X509(out, certificate); });
  write_pem(files.key_file, [key](std::FILE* out) {
    return PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
  X509_free(certificate);
  EVP_PKEY_free(key);
  return files;
}

std::string Certificates::write_file(std::string_view content) {
  const std::string file = new_file();
  std::FILE* out = std::fopen(file.c_str(), "w");
  require(out != nullptr, "open a file");
  std::fwrite(content.data(), 1, content.size(), out);
  std::fclose(out);
  return file;
}

std::string Certificates::new_file() {
  files_.push_back(folder_ + "/" + std::to_string(files_.size()) + ".pem");
  return files_.back();
}

}  // namespace qp::test

#include "config/certificate_check.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "base/freed_by.h"
#include "config/file.h"

namespace qp::config {

namespace {

using Bio = std::unique_ptr<BIO, FreedBy<BIO_free>>;
using X509Ptr = std::unique_ptr<X509, FreedBy<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;

constexpr std::string_view kChain = "a certificate chain in PEM (\"quic-proxy cert\" makes one)";
constexpr std::string_view kKey = "a private key in PEM without a passphrase";

Bio bio_of(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Gives no passphrase, instead of asking for one on the terminal; notes that one was wanted.
int refuse_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* wanted) {
  *static_cast<bool*>(wanted) = true;
  return -1;
}

std::string date_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unreadable date";
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

class Checker {
 public:
  using File = CertificateProblem::File;

  std::vector<CertificateProblem> take() {
    ERR_clear_error();
    return std::move(problems_);
  }

  X509Ptr read_certificate(const std::string& file, std::string_view expected) {
    const auto text = read_file(file);
    if (!text) return complain(File::certificate, text.error(), expected), nullptr;
    X509Ptr certificate(PEM_read_bio_X509(bio_of(*text).get(), nullptr, nullptr, nullptr));
    if (!certificate) {
      const bool is_key = text->find("PRIVATE KEY-----") != std::string::npos;
      complain(File::certificate,
               fmt::format("\"{}\" holds {}", file, is_key ? "a private key" : "no certificate in PEM"),
               expected);
    }
    return certificate;
  }

  KeyPtr read_key(const std::string& file) {
    const auto text = read_file(file);
    if (!text) return complain(File::key, text.error(), kKey), nullptr;
    bool passphrase_wanted = false;
    KeyPtr key(PEM_read_bio_PrivateKey(bio_of(*text).get(), nullptr, refuse_passphrase, &passphrase_wanted));
    if (passphrase_wanted) {
      complain(File::key, fmt::format("\"{}\" is protected by a passphrase", file), kKey);
    } else if (!key) {
      const bool is_certificate = text->find("CERTIFICATE-----") != std::string::npos;
      complain(
          File::key,
          fmt::format("\"{}\" holds {}", file, is_certificate ? "a certificate" : "no private key in PEM"),
          kKey);
    }
    return key;
  }

  void check_dates(const std::string& file, const X509& certificate, WallTime now) {
    std::time_t seconds = std::chrono::system_clock::to_time_t(
        std::chrono::time_point_cast<std::chrono::system_clock::duration>(now));
    const ASN1_TIME* from = X509_get0_notBefore(&certificate);
    const ASN1_TIME* until = X509_get0_notAfter(&certificate);
    if (X509_cmp_time(until, &seconds) < 0) {
      complain(File::certificate,
               fmt::format("the certificate in \"{}\" expired on {}", file, date_of(until)),
               "a certificate that is valid now");
    } else if (X509_cmp_time(from, &seconds) > 0) {
      complain(File::certificate,
               fmt::format("the certificate in \"{}\" is not valid before {}", file, date_of(from)),
               "a certificate that is valid now");
    }
  }

  void check_pair(const std::string& cert_file, const X509& certificate, const std::string& key_file,
                  const EVP_PKEY& key) {
    if (X509_check_private_key(&certificate, &key) == 1) return;
    complain(
        File::key,
        fmt::format("the key in \"{}\" does not belong to the certificate in \"{}\"", key_file, cert_file),
        "the key of that certificate");
  }

 private:
  void complain(File file, std::string message, std::string_view expected) {
    problems_.push_back({.file = file, .message = std::move(message), .expected = std::string(expected)});
  }

  std::vector<CertificateProblem> problems_;
};

}  // namespace

std::vector<CertificateProblem> check_certificate(const std::string& cert_file, const std::string& key_file,
                                                  WallTime now) {
  Checker checker;
  const X509Ptr certificate = checker.read_certificate(cert_file, kChain);
  const KeyPtr key = checker.read_key(key_file);
  if (certificate) checker.check_dates(cert_file, *certificate, now);
  if (certificate && key) checker.check_pair(cert_file, *certificate, key_file, *key);
  return checker.take();
}

std::vector<CertificateProblem> check_authorities(const std::string& ca_file) {
  Checker checker;
  (void)checker.read_certificate(ca_file, "certificates of authorities in PEM");
  return checker.take();
}

}  // namespace qp::config

// Files for tests of the configuration: a folder of its own for each test, with certificates made on the
// spot.
#pragma once
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "base/clock.h"

namespace qp::config {

/// The instant at which tests look at certificates.
inline WallTime test_now() {
  return std::chrono::sys_days(std::chrono::year(2026) / 6 / 1);
}

inline std::string slurp(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  EXPECT_TRUE(stream) << path;
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

inline void spit(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// A self-signed certificate for `days` from a date, and its key, as files NAME.crt and NAME.key.
class TestCertificate {
 public:
  TestCertificate(std::chrono::year_month_day from, int days)
      : key_(EVP_EC_gen("P-256")), certificate_(X509_new()) {
    X509_set_version(certificate_.get(), X509_VERSION_3);
    set_time(X509_getm_notBefore(certificate_.get()), from, 0);
    set_time(X509_getm_notAfter(certificate_.get()), from, days);
    X509_set_pubkey(certificate_.get(), key_.get());
    X509_sign(certificate_.get(), key_.get(), EVP_sha256());
  }

  void write(const std::filesystem::path& stem) const {
    const std::unique_ptr<FILE, Close> certificate(std::fopen((stem.string() + ".crt").c_str(), "w"));
    PEM_write_X509(certificate.get(), certificate_.get());
    const std::unique_ptr<FILE, Close> key(std::fopen((stem.string() + ".key").c_str(), "w"));
    PEM_write_PrivateKey(key.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  }

  void write_locked_key(const std::filesystem::path& path) const {
    const std::unique_ptr<FILE, Close> key(std::fopen(path.c_str(), "w"));
    const unsigned char phrase[] = "phrase";
    PEM_write_PrivateKey(key.get(), key_.get(), EVP_aes_128_cbc(), phrase, 6, nullptr, nullptr);
  }

 private:
  struct Close {
    void operator()(FILE* file) const { std::fclose(file); }
  };
  struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  struct FreeCertificate {
    void operator()(X509* certificate) const { X509_free(certificate); }
  };

  static void set_time(ASN1_TIME* time, std::chrono::year_month_day from, int days) {
    const auto instant = std::chrono::system_clock::to_time_t(std::chrono::sys_days(from));
    ASN1_TIME_adj(time, instant, days, 0);
  }

  std::unique_ptr<EVP_PKEY, FreeKey> key_;
  std::unique_ptr<X509, FreeCertificate> certificate_;
};

/// Runs each test in a folder of its own, which holds certs/ with good and bad certificates.
class ConfigFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    using std::chrono::year;
    std::string pattern = (std::filesystem::temp_directory_path() / "config_test.XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    std::filesystem::current_path(folder_);
    std::filesystem::create_directory("certs");
    const TestCertificate server(year(2025) / 1 / 1, 3650);
    server.write("certs/server");
    server.write_locked_key("certs/locked.key");
    TestCertificate(year(2019) / 1 / 1, 365).write("certs/expired");
    TestCertificate(year(2090) / 1 / 1, 365).write("certs/future");
    spit("certs/garbage.crt", "not PEM\n");
    spit("certs/short.secret", "0123456789");
    spit("certs/good.secret", std::string(32, 's'));
  }

  void TearDown() override {
    std::filesystem::current_path(std::filesystem::temp_directory_path());
    std::filesystem::remove_all(folder_);
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace qp::config

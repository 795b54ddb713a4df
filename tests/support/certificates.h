// Certificates for tests, made when they are needed, so that none in the tree can expire: a certification
// authority of their own and ECDSA P-256 server certificates below it, as PEM files in a temporary folder
// that goes away with them.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;
struct x509_st;

namespace qp::test {

class Certificates {
 public:
  struct Files {
    std::string cert_file;
    std::string key_file;
  };

  Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  ~Certificates();

  // Names are DNS names, or IP addresses as "IP:127.0.0.1". None: a certificate without a subjectAltName.
  Files make(std::initializer_list<std::string_view> names);
  const std::string& ca_file() const { return ca_file_; }
  // A file of that content in the same folder.
  std::string write_file(std::string_view content);

 private:
  std::string new_file();

  std::string folder_;
  std::vector<std::string> files_;
  std::string ca_file_;
  evp_pkey_st* ca_key_;
  x509_st* ca_;
};

}  // namespace qp::test

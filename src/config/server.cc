#include "config/server.h"

namespace qp::config {

std::vector<Certificate> all_certificates(const ServerTls& tls) {
  std::vector<Certificate> all{{.cert_file = tls.cert_file, .key_file = tls.key_file}};
  all.insert(all.end(), tls.certificates.begin(), tls.certificates.end());
  return all;
}

}  // namespace qp::config

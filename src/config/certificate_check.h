// Can these files serve TLS? Asked before anything listens, so that a mistake is a sentence and not a failed
// handshake.
#pragma once
#include <string>
#include <vector>

#include "base/clock.h"

namespace qp::config {

/// What is wrong with a certificate or its key.
struct CertificateProblem {
  enum class File { certificate, key };
  File file;
  std::string message;
  std::string expected;
};

/// Checks that both files can be read and parsed, belong together, and that the certificate is valid now.
std::vector<CertificateProblem> check_certificate(const std::string& cert_file, const std::string& key_file,
                                                  WallTime now);

/// Checks that a file holds at least one certificate.
std::vector<CertificateProblem> check_authorities(const std::string& ca_file);

}  // namespace qp::config

#include "transport/quic_library.h"

#include <ngtcp2/ngtcp2.h>
#include <openssl/crypto.h>

namespace qp::transport {

std::string quic_libraries() {
  return std::string("OpenSSL ") + OpenSSL_version(OPENSSL_VERSION_STRING) + ", ngtcp2 " +
         ngtcp2_version(0)->version_str;
}

}  // namespace qp::transport

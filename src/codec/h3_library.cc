#include "codec/h3_library.h"

#include <nghttp3/nghttp3.h>

namespace qp::codec {

std::string h3_library() {
  return std::string("nghttp3 ") + nghttp3_version(0)->version_str;
}

}  // namespace qp::codec

// What frees a thing of a C library, for the smart pointer that owns it:
//
//   using Bio = std::unique_ptr<BIO, FreedBy<BIO_free>>;
#pragma once

namespace qp {

template <auto kFree>
struct FreedBy {
  template <typename T>
  void operator()(T* owned) const {
    kFree(owned);
  }
};

}  // namespace qp

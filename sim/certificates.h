// Certificates of the simulated proxy, made once a process in a folder that goes away with it.
#pragma once
#include <filesystem>
#include <memory>

#include "transport/tls_context.h"

namespace qp::sim {

class Certificates {
 public:
  Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  ~Certificates();

  std::shared_ptr<const transport::TlsContext> make_server() const;
  std::shared_ptr<const transport::TlsContext> make_client() const;

  static constexpr const char* kServerName = "example.com";

 private:
  std::filesystem::path folder_;
};

}  // namespace qp::sim

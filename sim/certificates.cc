#include "certificates.h"

#include <stdlib.h>

#include <string>

#include "entropy.h"
#include "transport/local_ca.h"

namespace qp::sim {

Certificates::Certificates() {
  std::string folder = (std::filesystem::temp_directory_path() / "quic-proxy-sim-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) std::abort();
  folder_ = folder;
  seed_entropy(0);
  if (!transport::make_certificates({.directory = folder_, .names = {kServerName}})) std::abort();
}

Certificates::~Certificates() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::shared_ptr<const transport::TlsContext> Certificates::make_server() const {
  constexpr unsigned char kTicketSecret[] = {1, 2, 3};
  transport::TlsServerSettings settings;
  settings.certificates = {{.cert_file = folder_ / "server.crt", .key_file = folder_ / "server.key"}};
  settings.ticket_secrets = transport::Secret(kTicketSecret);
  auto made = transport::TlsContext::make_server(settings);
  if (!made) std::abort();
  return *made;
}

std::shared_ptr<const transport::TlsContext> Certificates::make_client() const {
  transport::TlsClientSettings settings;
  settings.ca_file = folder_ / "ca.crt";
  auto made = transport::TlsContext::make_client(settings);
  if (!made) std::abort();
  return *made;
}

}  // namespace qp::sim

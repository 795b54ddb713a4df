#include "config/dump.h"

namespace qp::config {

namespace {

constexpr std::string_view kExampleHead =
    "# Every key of the configuration with its default and a sentence about it. Where a list is empty by\n"
    "# default it has a sample here: certificates, backends and routes. See docs/configuration.md.\n\n";

}  // namespace

std::string dump(Config config, YamlWriter::Secrets secrets) {
  YamlWriter writer(YamlWriter::Comments::none, secrets);
  describe(writer, config);
  return writer.text();
}

Config example_config() {
  Config config;
  ServerTls& tls = config.server.tls;
  tls.cert_file = "certs/server.crt";
  tls.key_file = "certs/server.key";
  tls.certificates.push_back({.cert_file = "certs/example.org.crt", .key_file = "certs/example.org.key"});

  Backend backend;
  backend.name = "backend1";
  backend.url = {.scheme = Scheme::http, .host = "backend1", .port = 3000, .path = ""};
  config.backends.push_back(backend);

  Route api;
  api.name = "api";
  api.match.path = "/api/*";
  api.rewrite = Rewrite{.path = "", .strip_prefix = "/api", .add_prefix = "", .host = ""};
  Route moved;
  moved.name = "moved";
  moved.match.path = "/old/**";
  moved.redirect = Redirect{.to = "https://{host}/new", .status = 308};
  config.routes = {api, moved};
  return config;
}

std::string example() {
  Config config = example_config();
  YamlWriter writer(YamlWriter::Comments::docs, YamlWriter::Secrets::shown);
  describe(writer, config);
  return std::string(kExampleHead) + writer.text();
}

}  // namespace qp::config

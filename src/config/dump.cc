#include "config/dump.h"

namespace qp::config {

namespace {

// The one value that it is about.
struct AlgorithmReader final : Visitor {
  void value(const Key& key, const Value& value) override {
    if (key.name == "algorithm") text = value.text();
  }
  void values(const Key&, const List<Value>&) override {}
  void section(const Key&, const Section&) override {}
  void sections(const Key&, const List<Section>&) override {}
  void fields(const Key&, std::vector<HeaderField>&) override {}
  bool wants(const Key&, bool) override { return false; }

  std::string text;
};

constexpr std::string_view kExampleHead =
    "# Every key of the configuration with its default and a sentence about it. Where a list is empty by\n"
    "# default it has a sample here: certificates, backends and routes. See docs/configuration.md.\n\n";

}  // namespace

std::string text_of(Algorithm algorithm) {
  LoadBalancer balancer{.algorithm = algorithm};
  AlgorithmReader reader;
  describe(reader, balancer);
  return reader.text;
}

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

#include "config/check_files.h"

#include <fmt/format.h>

#include <filesystem>

#include "config/certificate_check.h"
#include "config/secret_file.h"

namespace qp::config {

namespace {

class FileChecker {
 public:
  FileChecker(const Config& config, const Marks& marks, Complaints& out)
      : config_(config), marks_(marks), out_(out) {}

  void check(WallTime now) {
    const ServerTls& tls = config_.server.tls;
    check_pair("server.tls", {.cert_file = tls.cert_file, .key_file = tls.key_file}, now);
    for (std::size_t i = 0; i < tls.certificates.size(); ++i) {
      check_pair(fmt::format("server.tls.certificates[{}]", i), tls.certificates[i], now);
    }
    for (std::size_t i = 0; i < config_.backends.size(); ++i)
      check_authorities_of(fmt::format("backends[{}].tls", i), config_.backends[i].tls);
    check_authorities_of("telemetry.tracing.tls", config_.telemetry.tracing.tls);
    check_secrets();
    check_log();
  }

 private:
  void complain(const std::string& path, std::string message, std::string expected) {
    out_.push_back({.mark = marks_.of(path), .message = std::move(message), .expected = std::move(expected)});
  }

  /// Files without a name have been complained about by load().
  void check_pair(const std::string& path, const Certificate& pair, WallTime now) {
    if (pair.cert_file.empty() || pair.key_file.empty()) return;
    for (CertificateProblem& problem : check_certificate(pair.cert_file, pair.key_file, now)) {
      const bool in_key = problem.file == CertificateProblem::File::key;
      complain(path + (in_key ? ".key_file" : ".cert_file"), std::move(problem.message),
               std::move(problem.expected));
    }
  }

  void check_authorities_of(const std::string& path, const BackendTls& tls) {
    if (tls.ca_file.empty()) return;
    for (CertificateProblem& problem : check_authorities(tls.ca_file)) {
      complain(path + ".ca_file", std::move(problem.message), std::move(problem.expected));
    }
  }

  void check_secrets() {
    const Server& server = config_.server;
    check_secret("server.secret_file", server.secret_file);
    for (std::size_t i = 0; i < server.former_secret_files.size(); ++i) {
      check_secret(fmt::format("server.former_secret_files[{}]", i), server.former_secret_files[i]);
    }
    const std::string& key_file = server.quic.routable_ids.key_file;
    if (key_file.empty()) return;
    if (const auto key = read_balancer_key(key_file); !key) {
      complain("server.quic.routable_ids.key_file", key.error(), "a file of 32 hexadecimal digits");
    }
  }

  void check_secret(const std::string& path, const std::string& file) {
    if (file.empty()) return;
    if (const auto secret = read_secret(file); !secret) {
      complain(path, secret.error(), "a file of at least 32 random bytes");
    }
  }

  void check_log() {
    const std::string& output = config_.telemetry.logging.output;
    if (output == "stdout" || output == "stderr") return;
    const std::filesystem::path folder = std::filesystem::path(output).parent_path();
    std::error_code ignored;
    if (folder.empty() || std::filesystem::is_directory(folder, ignored)) return;
    complain("telemetry.logging.output", fmt::format("\"{}\" is not a folder", folder.string()),
             "stdout, stderr or a file in a folder that exists");
  }

  const Config& config_;
  const Marks& marks_;
  Complaints& out_;
};

}  // namespace

Complaints check_files(const Config& config, const Marks& marks, WallTime now) {
  Complaints out;
  FileChecker(config, marks, out).check(now);
  return out;
}

}  // namespace qp::config

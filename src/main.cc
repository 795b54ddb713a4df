// The command line: what was asked for, and whom to call.
#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "config/complaint.h"
#include "config/dump.h"
#include "config/load.h"
#include "config/read.h"
#include "io/event_loop.h"
#include "server/build_info.h"
#include "server/command_line.h"
#include "server/completion.h"
#include "server/drill_command.h"
#include "server/exit_code.h"
#include "server/healthcheck.h"
#include "server/manual.h"
#include "server/run.h"
#include "transport/local_ca.h"
#include "version.h"

namespace {

using qp::server::ExitCode;

// Shorter than what orchestrators grant a probe.
constexpr qp::Duration kHealthcheckPatience = std::chrono::seconds(3);

struct Wishes {
  std::string config_path = "configs/proxy.yaml";
  bool only_validate = false;
  bool only_dump = false;
  bool as_json = false;
  bool version = false;
  bool build_info = false;
  std::string shell;
  qp::transport::CertificateOrder certificates{.directory = "certs"};
  qp::server::DrillOrder drill;
};

// The configuration that was asked for. Nothing: its complaints have been printed.
std::optional<qp::config::Config> read_configuration(const Wishes& wishes) {
  const auto source = qp::config::read_source(wishes.config_path);
  if (!source) {
    fmt::print(stderr, "quic-proxy: {}\n", source.error());
    return std::nullopt;
  }
  auto loaded =
      qp::config::read(*source, qp::config::process_environment(), qp::io::EventLoop::read_clock().wall);
  if (loaded.complaints.empty()) return std::move(loaded.config);
  if (wishes.as_json) {
    fmt::print("{}\n", qp::config::to_json(*source, loaded.complaints));
  } else {
    fmt::print(stderr, "{}", qp::config::to_text(*source, loaded.complaints));
  }
  return std::nullopt;
}

ExitCode validate(const Wishes& wishes) {
  const auto config = read_configuration(wishes);
  if (!config) return ExitCode::invalid;
  if (wishes.only_dump) {
    fmt::print("{}", qp::config::dump(*config, qp::config::YamlWriter::Secrets::redacted));
  } else {
    fmt::print("{}", wishes.as_json ? std::string("[]\n") : fmt::format("{}: ok\n", wishes.config_path));
  }
  return ExitCode::ok;
}

ExitCode run(const Wishes& wishes) {
  auto config = read_configuration(wishes);
  return config ? qp::server::run(std::move(*config), wishes.config_path) : ExitCode::invalid;
}

// Whatever else is wrong with the file: a proxy that serves with what it was started with must not be ended
// for an edit that it has never taken.
ExitCode check_health(const Wishes& wishes) {
  const auto source = qp::config::read_source(wishes.config_path);
  if (!source) {
    fmt::print(stderr, "quic-proxy: {}\n", source.error());
    return ExitCode::invalid;
  }
  const auto loaded = qp::config::load(*source, qp::config::process_environment());
  const auto answer = qp::server::healthcheck(loaded.config.health, kHealthcheckPatience);
  if (answer) return ExitCode::ok;
  fmt::print(stderr, "quic-proxy: {}\n", answer.error());
  return ExitCode::failed;
}

ExitCode make_certificates(const Wishes& wishes) {
  const auto made = qp::transport::make_certificates(wishes.certificates);
  if (!made) {
    fmt::print(stderr, "quic-proxy: {}\n", made.error());
    return ExitCode::failed;
  }
  fmt::print(
      "certificate  {}\nkey          {}\nauthority    {}\n\n"
      "To trust it:\n"
      "  curl      --cacert {}\n"
      "  Debian    cp {} /usr/local/share/ca-certificates/quic-proxy.crt && update-ca-certificates\n"
      "  Firefox   Settings, Certificates, Authorities, Import\n"
      "  Chromium  Settings, Privacy and security, Security, Manage certificates, Custom\n",
      made->certificate.string(), made->key.string(), made->ca_certificate.string(),
      made->ca_certificate.string(), made->ca_certificate.string());
  return ExitCode::ok;
}

void declare(CLI::App& app, Wishes& wishes) {
  app.require_subcommand(0, 1);
  app.fallthrough();
  app.set_help_flag("-h,--help", "Say how to use this program");
  app.add_option("-c,--config", wishes.config_path, "The configuration; - reads standard input")
      ->type_name("FILE")
      ->capture_default_str();
  app.add_flag("-t", wishes.only_validate, "Check the configuration and end");
  app.add_flag("-T", wishes.only_dump, "Check the configuration, print what it comes to, and end");
  app.add_flag("-v,--version", wishes.version, "Print the version");
  app.add_flag("-V", wishes.build_info, "Print version, libraries, and what the kernel offers");

  app.add_subcommand("run", "Run the proxy (what happens without a command)");
  auto* check = app.add_subcommand("validate", "Check the configuration and end");
  check->add_flag("--json", wishes.as_json, "Complaints as a JSON array");
  app.add_subcommand("healthcheck", "Ask the proxy on this machine whether it takes requests");
  auto* cert = app.add_subcommand("cert", "Make a local authority and a server certificate");
  cert->add_option("--dir", wishes.certificates.directory, "Where the files go")
      ->type_name("FOLDER")
      ->capture_default_str();
  cert->add_option("--name", wishes.certificates.names, "DNS names and IP addresses it stands for")
      ->type_name("NAME")
      ->capture_default_str();
  cert->add_option("--days", wishes.certificates.days, "How long it holds")
      ->type_name("DAYS")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();

  auto* drill = app.add_subcommand("drill", "Have the running proxy run a failover drill, and follow it");
  drill->add_option("file", wishes.drill.file, "The drill; - reads standard input")
      ->required()
      ->type_name("FILE");
  drill->add_option("--control", wishes.drill.control, "Where the control center is")
      ->type_name("URL")
      ->capture_default_str();
  drill->add_option("--token", wishes.drill.token, "What it asks whoever comes from elsewhere for")
      ->type_name("TOKEN")
      ->envname("QUIC_PROXY_TOKEN");
  drill->add_option("--html", wishes.drill.html_file, "Write the report there")->type_name("FILE");
  drill->add_option("--json", wishes.drill.json_file, "Write the run there")->type_name("FILE");

  app.add_subcommand("man", "Print the manual page");
  auto* completion = app.add_subcommand("completion", "Print what completes this command line in a shell");
  completion->add_option("shell", wishes.shell, "For which shell")
      ->required()
      ->type_name("SHELL")
      ->check(CLI::IsMember(qp::server::shells()));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("HTTP/3 reverse proxy", "quic-proxy");
  Wishes wishes;
  declare(app, wishes);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool is_mistake = app.exit(error) != 0;
    return static_cast<int>(is_mistake ? ExitCode::invalid : ExitCode::ok);
  }

  ExitCode code = ExitCode::ok;
  if (wishes.version) {
    fmt::print("quic-proxy {}\n", qp::kVersion);
  } else if (wishes.build_info) {
    fmt::print("{}", qp::server::build_info());
  } else if (app.got_subcommand("man")) {
    fmt::print("{}", qp::server::manual(qp::server::describe(app), qp::kVersion));
  } else if (app.got_subcommand("completion")) {
    fmt::print("{}", qp::server::completion(qp::server::describe(app), wishes.shell));
  } else if (app.got_subcommand("healthcheck")) {
    code = check_health(wishes);
  } else if (app.got_subcommand("drill")) {
    code = qp::server::run_drill(wishes.drill);
  } else if (app.got_subcommand("cert")) {
    code = make_certificates(wishes);
  } else if (wishes.only_validate || wishes.only_dump || app.got_subcommand("validate")) {
    code = validate(wishes);
  } else {
    code = run(wishes);
  }
  return static_cast<int>(code);
}

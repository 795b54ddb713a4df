// Both ends of the end-to-end load, on the proxy's own rooms:
//
//   load backend --port P       answers /N with N bytes over HTTP/1.1; prints "ready" when it listens
//   load client --port P ...    asks, and prints: answered failed body-bytes seconds
#include <chrono>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "load/backend.h"
#include "load/client.h"

namespace {

using namespace qp;

int run_backend(uint16_t port) {
  auto listener = io::listen_tcp(*Address::parse("127.0.0.1", port), {.reuse_port = false});
  if (!listener) {
    std::fprintf(stderr, "load: cannot listen on port %u\n", unsigned{port});
    return 1;
  }
  load::Machine machine;
  load::Backend backend(machine, std::move(*listener));
  std::puts("ready");
  std::fflush(stdout);
  machine.run(backend);
  return 0;
}

int run_client(const load::Plan& plan) {
  load::Machine machine;
  load::Client client(machine, plan);
  const auto begin = std::chrono::steady_clock::now();
  machine.run(client);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  const load::Tally& tally = client.tally();
  std::printf("%lu %lu %lu %.4f\n", tally.answered, tally.failed, tally.bytes, took.count());
  return tally.failed == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  CLI::App app("Both ends of a load on a proxy");
  app.require_subcommand(1);
  uint16_t port = 0;
  load::Plan plan;
  CLI::App& backend = *app.add_subcommand("backend", "Answer /N with N bytes");
  backend.add_option("--port", port)->required();
  CLI::App& client = *app.add_subcommand("client", "Ask, and count the answers");
  client.add_option("--host", plan.host, "An IP address")->capture_default_str();
  client.add_option("--port", plan.port)->required();
  client.add_flag("--h3,!--h1", plan.is_h3, "HTTP/3, or HTTP/1.1 over TLS");
  client.add_option("--connections", plan.connections)->capture_default_str();
  client.add_option("--streams", plan.streams, "Requests under way on each connection")
      ->capture_default_str();
  client.add_option("--requests", plan.requests, "In all")->capture_default_str();
  client.add_option("--per-connection", plan.requests_per_connection, "Then the connection is a new one");
  client.add_option("--upload", plan.upload_bytes, "POST that many bytes");
  client.add_option("--path", plan.path)->capture_default_str();
  client.add_option("--congestion", plan.congestion)->check(CLI::IsMember({"bbr", "cubic", "reno"}));
  CLI11_PARSE(app, count, words);
  return backend.parsed() ? run_backend(port) : run_client(plan);
}

// What kind of world a seed makes: how bad its network is, how many take part, and how the proxy is
// configured.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/random.h"
#include "config/config.h"
#include "network.h"

namespace qp::sim {

// What may go wrong.
enum class Weather : uint8_t {
  clean,    // nothing: so everything has to succeed
  outages,  // backends, but not the first one: so what may be repeated has to succeed
  rough,    // everything
};

struct Plan {
  Weather weather = Weather::clean;
  Faults faults;
  uint32_t workers = 1;
  uint32_t backends = 1;
  bool has_one_name = false;    // those are the addresses of one backend's name
  uint32_t blunt_backends = 0;  // that close where others would give a length
  uint32_t dead_backends = 0;   // configured, but nobody is there
  uint32_t plain_clients = 1;   // HTTP/1.1 in the clear
  uint32_t tls_clients = 0;     // HTTP/1.1 over TLS
  uint32_t quic_clients = 0;    // HTTP/3
  uint32_t requests_max = 1;    // of one client
  bool drains_early = false;    // the order to end comes while clients are busy
  config::Config config;
};

// Where backends are asked whether they are well.
inline constexpr std::string_view kCheckPath = "/health";

Plan make_plan(Random& random);

// The address of a backend, by its place in the configuration.
Address backend_address(uint32_t place);
// Where the proxy listens: for HTTP/1.1 in the clear, and for TLS and QUIC.
Address plain_address();
Address secure_address();

}  // namespace qp::sim

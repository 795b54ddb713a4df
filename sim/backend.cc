#include "backend.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "io/socket.h"
#include "serving.h"

namespace qp::sim {

namespace {

io::Fd listen(const Address& address) {
  Result<io::Fd> fd = io::listen_tcp(address, {});
  if (!fd) std::abort();
  return std::move(*fd);
}

// A backend keeps a connection for longer than the proxy does, or else any request may meet a closed one.
conn::TcpOptions patient_options() {
  conn::TcpOptions options;
  options.idle_timeout = std::chrono::hours(1);
  options.head_timeout = std::chrono::hours(1);
  options.write_timeout = std::chrono::hours(1);
  return options;
}

}  // namespace

Backend::Backend(Outside& outside, Ledger& ledger, const Address& address)
    : outside_(outside),
      ledger_(ledger),
      front_({.reactor = outside.reactor,
              .acceptor = *this,
              .limits = limits_,
              .options = patient_options(),
              .h1 = {}},
             listen(address)) {
  outside.fronts.push_back(&front_);
}

Backend::~Backend() {
  std::erase(outside_.fronts, &front_);
}

void Backend::accept(http::Stream& stream) {
  Case* one = ledger_.find(stream.in.request->path);
  if (one == nullptr) {
    ledger_.complain("a backend got a request that nobody made: " + stream.in.request->path);
    one = &ledger_.add(outside_.random);
  } else if (one->method != stream.in.request->method) {
    ledger_.complain("a backend got another method than the client sent: " + stream.in.request->method);
  }
  servings_.make(*this, stream, *one);
}

void Backend::stop() {
  front_.drain();
  front_.close_all();
}

}  // namespace qp::sim

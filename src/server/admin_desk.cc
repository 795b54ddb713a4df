#include "server/admin_desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "admin/health_pages.h"
#include "transport/secret.h"
#include "upstream/health_summary.h"

namespace qp::server {

namespace {

std::string random_token() {
  std::array<unsigned char, 16> bytes;
  transport::fill_random(bytes);
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

}  // namespace

AdminDesk::AdminDesk(Parts parts)
    : parts_(std::move(parts)),
      figures_(parts_.checker),
      census_({.turn = parts_.reactor.turn,
               .timers = parts_.reactor.timers,
               .tell_workers = parts_.tell_workers}) {}

void AdminDesk::open(Sockets& sockets, Metrics* metrics) {
  if (sockets.health.listener.is_open()) offer(sockets.health, health_resources());
  if (sockets.metrics.listener.is_open()) offer(sockets.metrics, metrics_resources(*metrics));
  if (sockets.control.listener.is_open()) open_control_center(sockets.control, sockets.secure_port, *metrics);
}

void AdminDesk::offer(AdminSocket& socket, admin::Resources resources) {
  conn::Reactor& reactor = parts_.reactor;
  apis_.push_back(
      std::make_unique<admin::Api>(admin::Api::Parts{reactor.turn, reactor.timers, reactor.blocks},
                                   std::move(resources), parts_.snapshot()->config.server.name));
  parts_.listen(std::move(socket.listener), *apis_.back());
}

admin::Resources AdminDesk::health_resources() {
  admin::Resources resources;
  admin::add_health_pages(resources,
                          {.summary = [this] { return upstream::summarise(parts_.snapshot()->backends); },
                           .is_ready = [this] { return !parts_.is_ending(); },
                           .now = [this] { return parts_.reactor.turn.wall; }});
  return resources;
}

admin::Resources AdminDesk::metrics_resources(Metrics& metrics) {
  admin::Resources resources;
  resources.add("GET", "/metrics", [this, &metrics](const admin::Request& request) {
    const auto format = observe::metrics_format(request.fields.find(http::Name::accept).value_or(""));
    return admin::Response{.type = std::string(observe::content_type(format)),
                           .body = metrics.page(format, {.turn = parts_.reactor.turn,
                                                         .log_lines_dropped = parts_.writer.dropped(),
                                                         .reloads = parts_.reloads,
                                                         .checker = parts_.checker,
                                                         .ejector = parts_.ejector,
                                                         .tracing = parts_.tracing}),
                           .fields = {}};
  });
  return resources;
}

void AdminDesk::open_control_center(AdminSocket& socket, uint16_t quic_port, const Metrics& metrics) {
  const auto snapshot = parts_.snapshot();
  const config::Control& wanted = snapshot->config.control;
  const std::string token = wanted.token.empty() ? random_token() : wanted.token;
  conn::Reactor& reactor = parts_.reactor;
  load_.emplace(reactor,
                Address::parse(own_host(snapshot->config.server.address), quic_port).value_or(Address()));
  figures_.read_from(metrics.shards());
  center_.emplace(admin::ControlCenter::Parts{
      .turn = reactor.turn,
      .timers = reactor.timers,
      .random = reactor.random,
      .log = parts_.log,
      .level = parts_.level,
      .rotation = parts_.rotation,
      .driver = parts_.driver,
      .check_now = [this](const upstream::Backend& backend) { parts_.checker.check_now(backend); },
      .figures = figures_,
      .load = *load_,
      .census = census_,
      .token = token,
      .snapshot = parts_.snapshot,
      .is_ending = parts_.is_ending});
  auto line = parts_.log.info("Control center");
  line.field("address", wanted.address->host).field("port", socket.port).field("path", "/control");
  // Made up for this life of the process: whoever reads the log may as well know it.
  if (wanted.token.empty()) line.field("token", token);
  offer(socket, center_->resources());
}

void AdminDesk::note(admin::ActivityEntry entry) {
  if (center_) return center_->note(std::move(entry));
  admin::write_line(parts_.log, entry);
}

void AdminDesk::drain() {
  if (center_) center_->drain();
  if (load_) load_->stop();
}

void AdminDesk::close() {
  if (load_) load_->close();
}

bool AdminDesk::is_dirty() const {
  return census_.is_dirty() || (load_ && load_->is_dirty()) || (center_ && center_->is_dirty()) ||
         std::ranges::any_of(apis_, [](const auto& api) { return api->is_dirty(); });
}

void AdminDesk::advance() {
  census_.advance();
  if (load_) load_->advance();
  if (center_) center_->advance();
  for (const auto& api : apis_)
    api->advance();
}

void AdminDesk::reap() {
  if (load_) load_->reap();
  for (const auto& api : apis_)
    api->reap();
}

}  // namespace qp::server

#include "world.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "entropy.h"
#include "proxy/snapshot.h"
#include "quic_wire.h"
#include "tcp_wire.h"

namespace qp::sim {

namespace {

using std::chrono::minutes;

// Long after every timeout of ours.
constexpr Duration kBusyMax = minutes(20);
constexpr Duration kDrainMax = minutes(5);
constexpr Duration kRecoveryMax = minutes(20);
// For a check that is under way.
constexpr Duration kGrace = std::chrono::seconds(2);
// Turns without a single delivery: slow readers and writers take a few hundred.
constexpr uint64_t kIdleTurnsMax = 20'000;
constexpr uint32_t kTurnMicrosecondsMax = 30;
constexpr uint32_t kStepsToNews = 1'000;  // of names
constexpr size_t kLogBytes = 64 * 1024;

std::vector<std::shared_ptr<upstream::Backend>> make_backends(const config::Config& config) {
  std::vector<std::shared_ptr<upstream::Backend>> backends;
  for (const config::Backend& one : config.backends) {
    const auto id = static_cast<uint32_t>(backends.size());
    backends.push_back(std::make_shared<upstream::Backend>(one, nullptr, id));
  }
  return backends;
}

}  // namespace

World::World(uint64_t seed, const Certificates& certificates)
    : random_(seed),
      plan_(make_plan(random_)),
      certificates_(certificates),
      network_(random_.next(), plan_.faults),
      born_at_(network_.now()),
      ledger_(plan_.weather),
      outside_(random_.next()) {
  seed_entropy(random_.next());
  add_backends();
  control_ = std::make_unique<Control>(
      plan_.config.server.limits, make_backends(plan_.config),
      [this](const server::WorkerMessage& message) {
        for (const auto& worker : workers_)
          worker->mailbox().post(message);
      },
      random_.next());
  add_workers();
  add_clients();
  actors_.push_back({[this] { outside_.turn(); }});
  actors_.push_back({[this] { control_->turn(); }});
  if (plan_.has_one_name) resolve();
}

World::~World() = default;

// In a world with outages the first one never has any.
void World::add_backends() {
  for (uint32_t i = 0; i < plan_.backends; ++i) {
    backends_.push_back(std::make_unique<Backend>(outside_, ledger_, backend_address(i)));
  }
  for (uint32_t i = 0; i < plan_.blunt_backends; ++i) {
    const Address address = backend_address(plan_.backends + i);
    network_.spare(address);
    blunt_backends_.push_back(std::make_unique<BluntBackend>(outside_, ledger_, address));
  }
  for (uint32_t i = 1; i < plan_.backends && plan_.weather == Weather::outages; ++i) {
    outages_.push_back(std::make_unique<Outage>(outside_, *backends_[i]));
  }
}

void World::add_workers() {
  constexpr unsigned char kSecret[] = {1, 2, 3, 4};
  const auto snapshot = proxy::make_snapshot(plan_.config, control_->backends(), secure_address().port());
  const auto tls = certificates_.make_server();
  const uint64_t seed = random_.next();
  for (uint32_t i = 0; i < plan_.workers; ++i) {
    server::WorkerSockets sockets;
    auto plain = io::listen_tcp(plain_address(), {});
    auto secure = io::listen_tcp(secure_address(), {});
    auto quic = io::UdpSocket::bind(secure_address(), {});
    if (!plain || !secure || !quic) std::abort();
    sockets.plain = std::move(*plain);
    sockets.secure = std::move(*secure);
    sockets.quic = std::move(*quic);
    logs_.push_back(std::make_unique<LogRing>(kLogBytes));
    workers_.push_back(std::make_unique<server::Worker>(server::Worker::Parts{
        .index = i,
        .workers = plan_.workers,
        .sockets = std::move(sockets),
        .snapshot = snapshot,
        .tls = tls,
        .identity = {.secrets = transport::Secret(kSecret)},
        .post = [this](uint32_t to,
                       server::WorkerMessage mail) { workers_[to]->mailbox().post(std::move(mail)); },
        .control = control_->mailbox(),
        .log_ring = *logs_.back(),
        .seed = seed}));
    actors_.push_back({[this, i] { workers_[i]->turn(); }});
  }
}

// The name has the first address always, and the others now and then.
void World::resolve() {
  upstream::AddressList addresses;
  resolved_since_.resize(plan_.backends, kNever);
  for (uint32_t i = 0; i < plan_.backends; ++i) {
    const bool is_there = i == 0 || random_.below(4) > 0;
    if (is_there) addresses.push_back(backend_address(i));
    resolved_since_[i] = is_there ? std::min(resolved_since_[i], network_.now()) : kNever;
  }
  control_->resolve(*control_->backends().front(), std::move(addresses));
  actors_.back().sleeps_until = TimePoint::min();  // control has something to do
}

void World::add_clients() {
  for (uint32_t i = 0; i < plan_.plain_clients; ++i) {
    add_client(1, [this](Party& owner) {
      return std::make_unique<TcpWire>(outside_, owner, plain_address(), nullptr);
    });
  }
  if (plan_.tls_clients + plan_.quic_clients == 0) return;
  const auto tls = certificates_.make_client();
  for (uint32_t i = 0; i < plan_.tls_clients; ++i) {
    add_client(1, [this, tls](Party& owner) {
      return std::make_unique<TcpWire>(outside_, owner, secure_address(), tls);
    });
  }
  for (uint32_t i = 0; i < plan_.quic_clients; ++i) {
    add_client(1 + random_.below(5), [this, tls](Party& owner) {
      return std::make_unique<QuicWire>(outside_, owner, secure_address(), tls);
    });
  }
}

void World::add_client(uint32_t streams_max, std::function<std::unique_ptr<Wire>(Party& owner)> connect) {
  Client::Plan wishes{.cases = {}, .streams_max = streams_max, .connect = std::move(connect)};
  const uint32_t count = 1 + random_.below(plan_.requests_max);
  for (uint32_t i = 0; i < count; ++i)
    wishes.cases.push_back(&ledger_.add(random_));
  clients_.push_back(std::make_unique<Client>(outside_, ledger_, std::move(wishes)));
}

// ---- time

std::string World::run() {
  const bool drains_early = plan_.drains_early;
  if (drains_early) {
    live_until([this] { return has_everybody_left() || ledger_.over() * 2 > ledger_.cases(); }, kBusyMax,
               "be half done");
    drain();
  }
  live_until([this] { return has_everybody_left(); }, kBusyMax, "end all requests");
  if (plan_.weather != Weather::rough) {
    live_until([this] { return has_everybody_recovered(); }, kRecoveryMax, "take every backend back");
  }
  if (!drains_early) drain();
  live_until([this] { return is_drained(); }, kDrainMax, "drain the workers");
  if (ledger_.complaint().empty()) check_remains();
  if (!ledger_.complaint().empty()) tell_state();
  return ledger_.complaint();
}

bool World::live_until(const std::function<bool()>& condition, Duration limit, const char* what) {
  const TimePoint end = network_.now() + limit;
  while (!condition()) {
    if (!ledger_.complaint().empty()) return false;
    if (network_.now() > end) ledger_.complain(fmt::format("it takes too long to {}", what));
    if (idle_turns_ > kIdleTurnsMax) ledger_.complain(fmt::format("turns and turns, but does not {}", what));
    step();
  }
  return true;
}

// Either somebody who is awake takes his turn, or time jumps to whatever comes next.
void World::step() {
  network_.advance(network_.now() + std::chrono::microseconds(random_.below(kTurnMicrosecondsMax)));
  if (plan_.has_one_name && control_ != nullptr && random_.one_in(kStepsToNews)) resolve();
  std::vector<Actor*> awake;
  TimePoint next = network_.next_arrival();
  for (Actor& actor : actors_) {
    if (is_awake(actor)) awake.push_back(&actor);
    next = std::min(next, actor.sleeps_until);
  }
  if (!awake.empty()) return take_turn(*awake[random_.below(static_cast<uint32_t>(awake.size()))]);
  if (next == kNever) return ledger_.complain("everybody sleeps for ever, and somebody still waits");
  network_.advance(next);
}

bool World::is_awake(const Actor& actor) const {
  return actor.sleeps_until <= network_.now() || network_.has_ready(actor.loop);
}

void World::take_turn(Actor& actor) {
  ++turns_;
  if (network_.is_traced()) tell_logs();
  idle_turns_ = network_.deliveries() == deliveries_ ? idle_turns_ + 1 : 0;
  deliveries_ = network_.deliveries();
  try {
    actor.turn();
    actor.sleeps_until = TimePoint::min();
    check_memory();
    check_standing();
  } catch (const Asleep& asleep) {
    actor.loop = asleep.loop;
    actor.sleeps_until = asleep.until;
  }
}

// What the proxy says of itself.
void World::tell_logs() {
  std::vector<LogRing*> logs;
  if (control_ != nullptr) logs.push_back(&control_->log());
  for (const auto& log : logs_)
    logs.push_back(log.get());
  for (LogRing* log : logs) {
    for (const std::string_view text : log->readable()) {
      if (!text.empty()) network_.tell(std::string(text.substr(0, text.size() - 1)));
      log->consume(text.size());
    }
  }
}

void World::tell_state() {
  tell_logs();
  for (const auto& client : clients_)
    network_.tell("client: " + client->state());
  network_.tell_sockets();
}

// ---- rules of the whole

void World::check_memory() {
  const config::Limits& limits = plan_.config.server.limits;
  // Each side of each request may hold a full pipe, and beyond it what one read brought; blocks are shared,
  // and each piece may keep a whole one alive.
  const uint64_t per_request = 2 * (limits.stream_buffer_bytes_max + 4 * BlockPool::kBlockBytes);
  const uint64_t bound = ledger_.cases() * per_request + 1024 * 1024;
  for (const auto& worker : workers_) {
    const uint64_t bytes = worker->memory_bytes();
    if (bytes > bound) ledger_.complain(fmt::format("{} bytes are held, {} would do", bytes, bound));
  }
}

// Who is well is never taken for ill, and who is ill not for well for long.
void World::check_standing() {
  if (plan_.weather == Weather::rough || control_ == nullptr) return;
  const config::HealthCheck& check = plan_.config.health_check;
  const Duration patience = check.interval * (check.unhealthy_threshold + 1) + check.timeout + kGrace;
  for (size_t i = 0; i < backends_.size(); ++i) {
    const TimePoint known_since = plan_.has_one_name ? resolved_since_[i] : TimePoint::min();
    if (known_since == kNever) continue;
    const auto fails_since = backends_[i]->fails_checks_since(check.type);
    const bool has_outages = plan_.weather == Weather::outages && i > 0;
    if (!has_outages && !may_be_chosen(i)) {
      ledger_.complain(fmt::format("backend {} is well and may not be chosen", i));
    }
    if (check.enabled && fails_since && is_known_as_healthy(i) &&
        network_.now() > std::max(*fails_since, known_since) + patience) {
      ledger_.complain(fmt::format("backend {} is ill and nobody has noticed", i));
    }
  }
}

// As its checks have it. An address of a name is healthy if the workers know it: in these worlds there is
// always another one that is.
bool World::is_known_as_healthy(size_t place) const {
  if (!plan_.has_one_name) return control_->backends()[place]->standing.is_healthy();
  const upstream::AddressList& usable = control_->usable_addresses();
  return std::ranges::find(usable, backend_address(static_cast<uint32_t>(place))) != usable.end();
}

bool World::may_be_chosen(size_t place) const {
  const upstream::Backend& backend = *control_->backends()[plan_.has_one_name ? 0 : place];
  return backend.may_be_chosen() && is_known_as_healthy(place);
}

bool World::has_everybody_recovered() const {
  if (!std::ranges::all_of(outages_, &Outage::is_over)) return false;
  for (size_t place = 0; place < backends_.size(); ++place) {
    const bool is_there = !plan_.has_one_name || resolved_since_[place] != kNever;
    if (is_there && !may_be_chosen(place)) return false;
  }
  return true;
}

void World::drain() {
  for (const auto& worker : workers_)
    worker->mailbox().post(server::Drain{});
}

bool World::is_drained() const {
  return std::ranges::all_of(workers_, [](const auto& worker) { return worker->is_finished(); });
}

bool World::has_everybody_left() const {
  return std::ranges::all_of(clients_, [](const auto& client) { return client->has_left(); });
}

// The workers have nothing to do any more: neither memory nor a socket may be left. That their slabs and
// timers are empty is asserted where they are destroyed.
void World::check_remains() {
  for (const auto& worker : workers_) {
    if (worker->memory_bytes() > BlockPool::kBlockBytes + sizeof(Block)) {  // the block that is being filled
      ledger_.complain(fmt::format("{} bytes are held by nobody", worker->memory_bytes()));
    }
  }
  actors_.pop_back();  // control
  actors_.erase(actors_.begin(), actors_.begin() + plan_.workers);
  workers_.clear();
  control_.reset();
  live_until(
      [this] {
        const auto is_free = [](const auto& backend) { return backend->live() == 0; };
        return std::ranges::all_of(backends_, is_free) && std::ranges::all_of(blunt_backends_, is_free);
      },
      kDrainMax, "close every connection to a backend");
  clients_.clear();
  outages_.clear();
  backends_.clear();
  blunt_backends_.clear();
  if (network_.open_sockets() > 0) {
    ledger_.complain(fmt::format("{} sockets are left open", network_.open_sockets()));
  }
}

}  // namespace qp::sim

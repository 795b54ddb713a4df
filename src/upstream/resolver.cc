#include "upstream/resolver.h"

#include <ares.h>
#include <netdb.h>
#include <sys/time.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace qp::upstream {

namespace {

struct Answer {
  int status = ARES_SUCCESS;
  AddressList addresses;
  Duration ttl{};
};

// The shortest life of what is in it; kNever-like for none.
Answer read_answer(int status, const ares_addrinfo* result, size_t addresses_max) {
  Answer answer{.status = status, .addresses = {}, .ttl = Duration::max()};
  for (const ares_addrinfo_node* node = result != nullptr ? result->nodes : nullptr; node != nullptr;
       node = node->ai_next) {
    answer.addresses.emplace_back(node->ai_addr, node->ai_addrlen);
    answer.ttl = std::min<Duration>(answer.ttl, std::chrono::seconds(node->ai_ttl));
  }
  if (answer.addresses.empty() && status == ARES_SUCCESS) answer.status = ARES_ENODATA;
  // Servers rotate their answers; that is no news.
  std::ranges::sort(answer.addresses, {}, &Address::text);
  const auto twice = std::ranges::unique(answer.addresses);
  answer.addresses.erase(twice.begin(), twice.end());
  if (answer.addresses.size() > addresses_max) answer.addresses.resize(addresses_max);
  return answer;
}

}  // namespace

class Resolver::State final : public io::EventHandler, public Timer {
 public:
  State(conn::Reactor& reactor, ResolverOwner& owner, ResolverOptions options);
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State();

  void watch(std::shared_ptr<const Backend> backend);
  void forget(const Backend& backend);

 private:
  // A backend and what is known of it. The library holds its address while a query is under way.
  struct Watched {
    std::shared_ptr<const Backend> backend;
    std::shared_ptr<const AddressList> addresses;
    std::optional<Answer> answer;  // noted by the library's callback
    size_t addresses_max = 0;
    TimePoint ask_at;
    bool is_asking = false;
    bool is_forgotten = false;
  };

  static void note_socket(void* self, ares_socket_t fd, int wants_read, int wants_write);
  static void note_answer(void* watched, int status, int timeouts, ares_addrinfo* result);

  void handle_events(io::Events events, const Turn& turn) override;
  void due() override;

  void ask_whose_time_has_come();
  void take_answers();
  void take_answer(Watched& watched);
  void arm_timer();

  conn::Reactor& reactor_;
  ResolverOwner& owner_;
  const ResolverOptions options_;
  ares_channel channel_ = nullptr;
  std::vector<ares_socket_t> sockets_;
  std::vector<std::unique_ptr<Watched>> watched_;
};

Resolver::State::State(conn::Reactor& reactor, ResolverOwner& owner, ResolverOptions options)
    : reactor_(reactor), owner_(owner), options_(std::move(options)) {
  if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) std::abort();  // out of memory
  ares_options ares = {};
  ares.timeout =
      static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(options_.query_timeout).count());
  ares.tries = options_.tries;
  ares.sock_state_cb = note_socket;
  ares.sock_state_cb_data = this;
  int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
#ifdef ARES_OPT_QUERY_CACHE  // since 1.31
  // We ask again when a time to live is over. The library's cache would answer then, and keeps "no address"
  // for an hour.
  ares.qcache_max_ttl = 0;
  mask |= ARES_OPT_QUERY_CACHE;
#endif
  if (ares_init_options(&channel_, &ares, mask) != ARES_SUCCESS) std::abort();
  if (!options_.servers.empty()) ares_set_servers_ports_csv(channel_, options_.servers.c_str());
}

Resolver::State::~State() {
  reactor_.timers.disarm(*this);
  ares_destroy(channel_);
  ares_library_cleanup();
}

void Resolver::State::watch(std::shared_ptr<const Backend> backend) {
  const config::Url& url = backend->config.url;
  if (!backend->config.socket.empty() || Address::parse(url.host, url.port)) return;
  auto watched = std::make_unique<Watched>();
  watched->backend = std::move(backend);
  watched->addresses_max = options_.addresses_max;
  watched->ask_at = reactor_.turn.now;
  watched_.push_back(std::move(watched));
  ask_whose_time_has_come();
}

void Resolver::State::forget(const Backend& backend) {
  for (const auto& watched : watched_) {
    if (watched->backend.get() == &backend) watched->is_forgotten = true;
  }
  take_answers();
}

void Resolver::State::ask_whose_time_has_come() {
  for (const auto& watched : watched_) {
    if (watched->is_asking || watched->ask_at > reactor_.turn.now) continue;
    watched->is_asking = true;
    const config::Url& url = watched->backend->config.url;
    ares_addrinfo_hints hints = {};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = ARES_AI_NUMERICSERV | ARES_AI_NOSORT;
    // May call back before it returns: names from the hosts file.
    ares_getaddrinfo(channel_, url.host.c_str(), std::to_string(url.port).c_str(), &hints, note_answer,
                     watched.get());
  }
  take_answers();
}

void Resolver::State::note_answer(void* watched, int status, int /*timeouts*/, ares_addrinfo* result) {
  Watched& asked = *static_cast<Watched*>(watched);
  asked.answer = read_answer(status, result, asked.addresses_max);
  ares_freeaddrinfo(result);
}

void Resolver::State::note_socket(void* self, ares_socket_t fd, int wants_read, int wants_write) {
  State& state = *static_cast<State*>(self);
  const bool is_known = std::ranges::find(state.sockets_, fd) != state.sockets_.end();
  if (wants_read == 0 && wants_write == 0) {
    if (is_known) state.reactor_.loop.remove(fd);
    std::erase(state.sockets_, fd);
  } else if (!is_known && state.reactor_.loop.add(fd, state)) {
    state.sockets_.push_back(fd);  // not added: the query will time out
  }
}

// Which socket it was doesn't matter: there are few, and the library reads each one until it is empty.
void Resolver::State::handle_events(io::Events /*events*/, const Turn& /*turn*/) {
  for (const ares_socket_t fd : std::vector(sockets_))
    ares_process_fd(channel_, fd, fd);
  take_answers();
}

// Control has no advance phase for names; nothing here touches what a timer may not.
void Resolver::State::due() {
  ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // its own timeouts
  ask_whose_time_has_come();
}

void Resolver::State::take_answers() {
  for (const auto& watched : watched_) {
    if (!watched->answer) continue;
    watched->is_asking = false;
    if (!watched->is_forgotten) take_answer(*watched);
    watched->answer.reset();
  }
  std::erase_if(watched_, [](const auto& watched) { return watched->is_forgotten && !watched->is_asking; });
  arm_timer();
}

void Resolver::State::take_answer(Watched& watched) {
  const Answer& answer = *watched.answer;
  const bool is_good = answer.status == ARES_SUCCESS;
  watched.ask_at = reactor_.turn.now + (is_good ? std::clamp(answer.ttl, options_.ttl_min, options_.ttl_max)
                                                : options_.retry_after);
  if (is_good) {
    owner_.resolved(*watched.backend);
  } else {
    owner_.resolve_failed(*watched.backend, ares_strerror(answer.status));
  }
  if (!is_good && watched.addresses != nullptr) return;  // the last ones stay in use
  if (watched.addresses != nullptr && *watched.addresses == answer.addresses) return;
  watched.addresses = std::make_shared<const AddressList>(answer.addresses);
  owner_.addresses_changed(*watched.backend, watched.addresses);
}

void Resolver::State::arm_timer() {
  TimePoint next = kNever;
  for (const auto& watched : watched_) {
    if (!watched->is_asking) next = std::min(next, watched->ask_at);
  }
  timeval left = {};
  if (ares_timeout(channel_, nullptr, &left) != nullptr) {
    const Duration wait = std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
    next = std::min(next, reactor_.turn.now + std::max<Duration>(wait, std::chrono::milliseconds(1)));
  }
  reactor_.timers.arm(*this, next);
}

Resolver::Resolver(conn::Reactor& reactor, ResolverOwner& owner, ResolverOptions options)
    : state_(std::make_unique<State>(reactor, owner, std::move(options))) {}

Resolver::~Resolver() = default;

void Resolver::watch(std::shared_ptr<const Backend> backend) {
  state_->watch(std::move(backend));
}

void Resolver::forget(const Backend& backend) {
  state_->forget(backend);
}

}  // namespace qp::upstream

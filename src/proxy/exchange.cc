#include "proxy/exchange.h"

#include <fmt/format.h>

#include <cassert>
#include <utility>

#include "http/framing.h"
#include "http/rules.h"
#include "proxy/error_status.h"
#include "proxy/exchanges.h"
#include "proxy/health_page.h"
#include "proxy/proxy_status.h"
#include "proxy/retry.h"

namespace qp::proxy {

namespace {

constexpr uint32_t kAttemptsMax = 3;
constexpr std::string_view kRequestId = "x-request-id";

}  // namespace

Exchange::Exchange(Exchanges& home, http::Stream& client, Generation& generation)
    : home_(home),
      generation_(generation),
      client_(&client),
      attempts_(*this),
      request_(home.pipe_bytes_max()),
      response_(home.pipe_bytes_max()),
      began_(home.parts_.turn) {
  ++generation_.exchanges;
  client.attach(*this, request_);
  mark();
}

Exchange::~Exchange() {
  assert(phase_ == Phase::done);
  --generation_.exchanges;
}

void Exchange::mark() {
  if (!home_.dirty_.holds(*this)) home_.dirty_.push_back(*this);
}

void Exchange::advance(const Turn& turn) {
  if (phase_ == Phase::done) return;
  if (client_->in.fault) return break_off(Origin::client, "client_reset");
  if (client_->in.refusal && phase_ < Phase::streaming) refuse(*client_->in.refusal);
  if (phase_ == Phase::routing) route(turn);
  if (phase_ == Phase::waiting) wait();
  if (phase_ == Phase::streaming) stream();
  if (phase_ == Phase::replying && response_.is_finished()) finish();
  if (phase_ == Phase::done) return;
  move_bodies(turn);
  if (phase_ == Phase::done) return;
  check_deadlines(turn);
}

// ---- routing

// The client's wire can't take the request, as its first line shows or a later one.
void Exchange::refuse(const http::Answer& refusal) {
  if (phase_ == Phase::routing) take_head();
  give_up(refusal.status, "http_request_error", refusal.detail, termination_of(refusal.status));
}

void Exchange::take_head() {
  head_ = std::move(client_->in.request);
  uri_ = head_->path;
}

void Exchange::route(const Turn& turn) {
  take_head();
  if (home_.is_over_budget()) return answer(503, "destination_unavailable", "the proxy is out of memory");
  const config::Server& server = snapshot().config.server;
  const http::RequestFacts facts{.version = client_->version, .peer = *client_->peer};
  auto target = http::check_request(*head_, facts, server.name);
  if (!target) return answer(target.error().status, "http_request_error", target.error().detail);
  target_ = std::move(*target);
  requester_ = http::client_of(head_->fields, facts.peer, server.trusted_proxies);

  if (http::is_misdirected(facts.peer, target_.authority)) {
    return answer(421, "http_request_error", "the certificate shown does not stand for this host");
  }
  if (auto page = health_page(snapshot(), *head_, target_, facts.peer, turn.wall, home_.parts_.blocks)) {
    return reply(*std::move(page));
  }
  const route::Found found = snapshot().table.find(target_, head_->method);
  if (found.outcome == route::Outcome::not_found) return answer(404, "destination_not_found", "");
  if (found.outcome == route::Outcome::method_not_allowed) {
    return reply(
        make_reply({.status = 405, .method = head_->method, .accept = accept(), .allow = found.allow}));
  }
  route_ = &snapshot().routes[found.route];
  cluster_ = generation_.clusters[found.route].get();

  const auto length = http::content_length(head_->fields, Origin::client);
  if (length && *length && **length > server.limits.body_bytes_max) {
    return give_up(413, "http_request_error", "the body is larger than this server takes", "too_large");
  }
  affinity_ = affinity_of(route_->load_balancer, *head_, target_, requester_);
  if (!head_->protocol.empty()) request_.end();  // an Upgrade that we don't take up has no body
  http::prepare_request(*head_, facts, requester_, server.name);
  name_request();
  Reply filtered;
  if (filter_request(route_->filters, *head_, view(), filtered) == Verdict::reply)
    return reply(std::move(filtered));

  request_.hold();
  if (timeouts().request != config::kOff) deadlines_.set(Wait::request, turn.now + timeouts().request);
  connect();
}

// By one name the request is found in our log, in the backend's, and in that of a proxy before us that we
// trust.
void Exchange::name_request() {
  if (requester_.is_behind_trusted) request_id_ = head_->fields.find(kRequestId).value_or("");
  if (request_id_.empty()) request_id_ = fmt::format("{:016x}", home_.parts_.random.next());
  head_->fields.set(kRequestId, request_id_);
}

// ---- waiting

void Exchange::connect() {
  phase_ = Phase::waiting;
  attempts_.begin(*cluster_,
                  {.connect_timeout = timeouts().connect, .key = affinity_.key, .token = affinity_.token});
}

void Exchange::wait() {
  switch (attempts_.current().state()) {
    case upstream::Attempt::State::none:
    case upstream::Attempt::State::waiting: return;
    case upstream::Attempt::State::failed: return attempt_failed(attempts_.current().error(), Stage::connect);
    case upstream::Attempt::State::open: break;
  }
  if (server_ == nullptr) begin_sending();
  forward_interim();
  // A final head may come with the connection's end behind it: it counts first.
  if (server_->in.response) return respond();
  if (server_->in.fault) return attempt_failed(*server_->in.fault, Stage::waiting);
}

void Exchange::begin_sending() {
  server_ = &attempts_.current().stream();
  server_->attach(*this, response_);
  const bool has_body = !request_.is_finished() || request_.trailers() != nullptr;
  const std::string& base_path = attempts_.current().backend()->config.url.path;
  if (base_path.empty() || head_->path == "*") {
    server_->send_head(*head_, has_body ? &request_ : nullptr);
    return;
  }
  http::RequestHead based = *head_;  // the next attempt may go to a backend with another base
  based.path.insert(0, base_path);
  server_->send_head(based, has_body ? &request_ : nullptr);
}

void Exchange::forward_interim() {
  for (http::ResponseHead& head : std::exchange(server_->in.interim, {})) {
    if (http::prepare_interim(head, response_facts())) client_->send_head(head, nullptr);
  }
}

void Exchange::respond() {
  http::ResponseHead& head = *server_->in.response;
  attempts_.answered(head.status, home_.parts_.turn.now);
  request_.commit();  // answered: no other attempt after this
  http::prepare_response(head, response_facts());
  filter_response(route_->filters, head, view());
  stick(head);
  status_ = head.status;
  responded_at_ = home_.parts_.turn.now;
  const bool has_body = !response_.is_finished() || response_.trailers() != nullptr;
  client_->send_head(head, has_body ? &response_ : nullptr);
  phase_ = Phase::streaming;
}

// A client that came without the cookie of the backend that served it gets it.
void Exchange::stick(http::ResponseHead& head) const {
  const config::Sticky& sticky = route_->load_balancer.sticky;
  const uint64_t token = attempts_.current().backend()->token;
  if (sticky.enabled && token != affinity_.token) add_sticky_cookie(sticky, token, head);
}

void Exchange::attempt_failed(Error error, Stage stage) {
  const ErrorStatus status = status_of(error, stage);
  drop_server(status.termination);
  const RetryFacts facts{.attempts = attempts_.count(),
                         .attempts_max = kAttemptsMax,
                         .stage = stage,
                         .is_reused = attempts_.current().is_reused(),
                         .is_replayable = request_.taken() == 0 || request_.is_held()};
  if (may_retry(facts, error, head_->method)) {
    request_.rewind();
    attempts_.pass_over();
    connect();
    // It may be open already, on a connection that idled: nobody tells of that. If nobody was left to be
    // tried, what the last one said is the answer.
    if (attempts_.current().state() != upstream::Attempt::State::failed) return mark();
  }
  termination_ = status.termination;
  answer(status.status, status.proxy_error, error.detail);
}

// ---- streaming

void Exchange::stream() {
  if (server_ != nullptr && server_->in.ended && request_.is_finished()) drop_server();
  if (response_.is_finished()) return finish();
  if (server_ == nullptr || !server_->in.fault || response_.is_ended()) return;
  // The head is out: only a reset is honest now, never a body that looks complete and is not.
  const ErrorStatus status = status_of(*server_->in.fault, Stage::response);
  break_off(server_->in.fault->origin, status.termination);
}

void Exchange::move_bodies(const Turn& turn) {
  watch_request(turn);
  if (phase_ != Phase::done) watch_response(turn);
  if (phase_ == Phase::done) return;
  if (const uint64_t credit = request_.take_credit(); credit > 0) client_->credit(credit);
  if (const uint64_t credit = response_.take_credit(); credit > 0 && server_ != nullptr)
    server_->credit(credit);
}

void Exchange::watch_request(const Turn& turn) {
  const bool has_filled =
      request_.filled() != seen_request_.filled || request_.is_ended() != seen_request_.ended;
  const bool has_drained = request_.taken() != seen_request_.taken;
  seen_request_ = {request_.filled(), request_.taken(), request_.is_ended()};
  if (phase_ == Phase::replying) return;
  if (has_filled && request_.filled() > snapshot().config.server.limits.body_bytes_max) {
    return give_up(413, "http_request_error", "the body is larger than this server takes", "too_large");
  }
  if (has_filled && server_ != nullptr) server_->wake();

  const bool waits_for_client = !request_.is_ended() && request_.ready() == 0;
  if (!waits_for_client) {
    deadlines_.clear(Wait::client_body);
  } else if (has_filled || has_drained || !deadlines_.is_set(Wait::client_body)) {
    deadlines_.set(Wait::client_body, turn.now + timeouts().client_body_idle);
  }
  // The backend's turn: it takes the body or answers. Each step forward gives it the whole time again.
  const bool waits_for_backend = phase_ == Phase::waiting && server_ != nullptr && !waits_for_client;
  if (!waits_for_backend) {
    deadlines_.clear(Wait::response_head);
  } else if (has_drained || !deadlines_.is_set(Wait::response_head)) {
    deadlines_.set(Wait::response_head, turn.now + timeouts().response_header);
  }
}

void Exchange::watch_response(const Turn& turn) {
  const bool has_filled =
      response_.filled() != seen_response_.filled || response_.is_ended() != seen_response_.ended;
  const bool has_drained = response_.taken() != seen_response_.taken;
  seen_response_ = {response_.filled(), response_.taken(), response_.is_ended()};
  if (has_filled && phase_ != Phase::waiting) client_->wake();

  const bool waits_for_backend = phase_ == Phase::streaming && !response_.is_ended() && response_.room() > 0;
  if (!waits_for_backend) {
    deadlines_.clear(Wait::response_body);
  } else if (has_filled || !deadlines_.is_set(Wait::response_body)) {
    deadlines_.set(Wait::response_body, turn.now + timeouts().response_idle);
  }
  const bool waits_for_client = phase_ >= Phase::streaming && response_.ready() > 0;
  if (!waits_for_client) {
    deadlines_.clear(Wait::client_write);
  } else if (has_drained || !deadlines_.is_set(Wait::client_write)) {
    deadlines_.set(Wait::client_write, turn.now + timeouts().client_write_idle);
  }
}

void Exchange::check_deadlines(const Turn& turn) {
  home_.parts_.timers.arm(*this, deadlines_.earliest());
  if (deadlines_.earliest() > turn.now) return;
  if (deadlines_.is_past(Wait::client_write, turn.now)) return break_off(Origin::client, "client_timeout");
  if (deadlines_.is_past(Wait::client_body, turn.now)) {
    return give_up(408, "http_request_error", "the body did not arrive in time", "client_timeout");
  }
  const bool is_request_over = deadlines_.is_past(Wait::request, turn.now);
  give_up(504, "http_response_timeout", "the backend did not answer in time",
          is_request_over ? "timeout" : "upstream_timeout");
}

// ---- ends

void Exchange::answer(uint16_t status, std::string_view proxy_error, std::string_view details) {
  const bool is_error = status >= 400;
  const upstream::Backend* backend = attempts_.current().backend();
  const std::string field = proxy_status(snapshot().config.server.name, proxy_error, details,
                                         backend != nullptr ? backend->config.name : std::string_view());
  reply(make_reply({.status = status,
                    .method = head_ != nullptr ? std::string_view(head_->method) : std::string_view(),
                    .accept = accept(),
                    .proxy_status = is_error ? std::string_view(field) : std::string_view()}));
}

void Exchange::reply(Reply reply) {
  assert(phase_ < Phase::streaming && response_.filled() == 0 && !response_.is_ended());
  drop_server();
  deadlines_.clear();
  http::Headers& fields = reply.head.fields;
  fields.add(http::Name::date, date());
  if (!alt_svc().empty()) fields.add(http::Name::alt_svc, alt_svc());
  status_ = reply.head.status;
  responded_at_ = home_.parts_.turn.now;
  response_.push(std::move(reply.body));
  response_.end();
  client_->send_head(reply.head, response_.is_finished() ? nullptr : &response_);
  phase_ = Phase::replying;
  if (response_.is_finished()) finish();
}

void Exchange::give_up(uint16_t status, std::string_view proxy_error, std::string_view details,
                       std::string_view termination) {
  if (phase_ >= Phase::streaming || response_.filled() > 0) return break_off(Origin::self, termination);
  termination_ = termination;
  drop_server(termination);
  answer(status, proxy_error, details);
}

void Exchange::break_off(Origin whose, std::string_view termination) {
  termination_ = termination;
  if (status_ == 0) status_ = kClientClosedRequest;
  drop_server(termination);
  if (!client_->in.fault)
    client_->reset(whose == Origin::client ? http::Reason::cancelled : http::Reason::internal);
  finish();
}

void Exchange::drop_server(std::string_view termination) {
  if (server_ != nullptr) {
    if (!server_->in.ended || !request_.is_finished()) server_->reset(http::Reason::cancelled);
    server_ = nullptr;
  }
  attempts_.end({.at = home_.parts_.turn.now,
                 .termination = termination,
                 .bytes_out = request_.taken(),
                 .bytes_in = response_.filled()});
}

void Exchange::finish() {
  drop_server();
  if (!home_.parts_.observers.empty()) tell_observers();
  client_->detach();
  client_ = nullptr;
  home_.parts_.timers.disarm(*this);
  phase_ = Phase::done;
  home_.done_.push_back(*this);
}

void Exchange::tell_observers() const {
  const http::Peer& peer = *client_->peer;
  observe::ExchangeRecord record{.time = began_.wall,
                                 .began = began_.now,
                                 .first_byte = responded_at_,
                                 .ended = home_.parts_.turn.now,
                                 .request_id = request_id_,
                                 .client_ip = requester_.address.empty() ? peer.address : requester_.address,
                                 .client_port = peer.port,
                                 .peer_ip = peer.address,
                                 .protocol = client_->version,
                                 .tls_version = peer.tls_version,
                                 .tls_cipher = peer.cipher,
                                 .server_name = peer.server_name,
                                 .scheme = requester_.scheme,
                                 .path = uri_,
                                 .status = status_,
                                 .bytes_in = request_.filled(),
                                 .bytes_out = response_.taken(),
                                 .termination = termination_,
                                 .attempts = attempts_.records()};
  if (head_ != nullptr) {
    record.method = head_->method;
    record.sent_path = head_->path;
    record.host = target_.authority.host;
    record.port = target_.authority.port;
    record.referer = head_->fields.find("referer").value_or("");
    record.user_agent = head_->fields.find(http::Name::user_agent).value_or("");
  }
  if (route_ != nullptr) {
    record.route = route_->name;
    record.route_path = route_->path;
  }
  if (client_->version == http::Version::h3) {
    record.quic = {.rtt = peer.smoothed_rtt, .packets_lost = peer.packets_lost};
  }
  for (observe::ExchangeObserver* observer : home_.parts_.observers)
    observer->exchange_ended(record);
}

// ---- views

const Snapshot& Exchange::snapshot() const {
  return *generation_.snapshot;
}

const config::RouteTimeouts& Exchange::timeouts() const {
  return route_ != nullptr ? route_->timeouts : snapshot().config.server.timeouts;
}

RequestView Exchange::view() const {
  return {.method = head_->method, .uri = uri_, .target = target_, .client = requester_};
}

http::ResponseFacts Exchange::response_facts() const {
  return {.received = server_->version,
          .client = client_->version,
          .pseudonym = snapshot().config.server.name,
          .date = date(),
          .alt_svc = alt_svc()};
}

// For those who don't speak HTTP/3 already.
std::string_view Exchange::alt_svc() const {
  return client_->version == http::Version::h3 ? std::string_view() : snapshot().alt_svc;
}

std::string_view Exchange::accept() const {
  return head_ != nullptr ? head_->fields.find(http::Name::accept).value_or("") : std::string_view();
}

std::string_view Exchange::date() const {
  return home_.date_.text(home_.parts_.turn.wall);
}

}  // namespace qp::proxy

#include "proxy/exchange.h"

#include <fmt/format.h>

#include <cassert>
#include <string>
#include <utility>

#include "http/framing.h"
#include "http/rules.h"
#include "proxy/admission.h"
#include "proxy/error_status.h"
#include "proxy/exchanges.h"
#include "proxy/health_page.h"
#include "proxy/proxy_status.h"
#include "proxy/retry.h"

namespace qp::proxy {

Exchange::Exchange(Exchanges& home, http::Stream& client, Generation& generation)
    : home_(home),
      generation_(generation),
      client_(&client),
      attempts_(*this),
      request_body_(home.pipe_bytes_max()),
      response_body_(home.pipe_bytes_max()),
      began_(home.parts_.turn) {
  ++generation_.exchanges;
  client.attach(*this, request_body_);
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
  if (phase_ == Phase::replying && response_body_.is_finished()) finish();
  if (phase_ == Phase::done) return;
  move_bodies(turn);
  if (phase_ == Phase::done) return;
  check_deadlines(turn);
}

// ---- routing

// The client's wire can't take the request, as its first line shows or a later one.
void Exchange::refuse(const http::Answer& refusal) {
  if (phase_ == Phase::routing) request_.take_head(*client_);
  give_up(refusal.status, "http_request_error", refusal.detail, termination_of(refusal.status));
}

void Exchange::route(const Turn& turn) {
  request_.take_head(*client_);
  if (home_.is_over_budget()) {
    return answer(
        {.status = 503, .proxy_error = "destination_unavailable", .details = "the proxy is out of memory"});
  }
  http::RequestHead& head = *request_.head;
  const config::Server& server = snapshot().config.server;
  request_.trace.join(head.fields, snapshot().config.telemetry.tracing, home_.parts_.random);
  const http::RequestFacts facts{.version = client_->version, .peer = *client_->peer};
  if (const auto refusal = check(request_, facts, server)) return answer(*refusal);
  if (auto page =
          health_page(snapshot(), head, request_.target, facts.peer, turn.wall, home_.parts_.blocks)) {
    return reply(*std::move(page));
  }
  const auto place = find_route(request_, snapshot());
  if (!place) return answer(place.error());
  route_ = &snapshot().routes[*place];
  cluster_ = generation_.clusters[*place].get();

  const auto length = http::content_length(head.fields, Origin::client);
  if (length && *length && **length > server.limits.body_bytes_max) {
    return give_up(413, "http_request_error", "the body is larger than this server takes", "too_large");
  }
  affinity_ = affinity_of(route_->load_balancer, head, request_.target, request_.client);
  if (!head.protocol.empty()) request_body_.end();  // an Upgrade that we don't take up has no body
  http::prepare_request(head, facts, request_.client, server.name);
  request_.name(home_.parts_.random);
  Reply filtered;
  if (filter_request(route_->filters, head, request_.view(), filtered) == Verdict::reply)
    return reply(std::move(filtered));

  request_body_.hold(home_.replay_bytes_max(route_->retry.body_bytes_max));
  retries_.open(generation_.budgets[*place]);
  patience_.wait(Wait::request, timeouts().request, turn.now);
  ask();
}

// ---- waiting

void Exchange::ask() {
  if (connect()) return;
  const Error& error = attempts_.current().error();
  const ErrorStatus status = status_of(error, Stage::connect);
  give_up(status.status, status.proxy_error, error.detail, status.termination);
}

// False: there is nobody who may be asked.
bool Exchange::connect() {
  phase_ = Phase::waiting;
  const upstream::OpenRequest wanted{
      .connect_timeout = timeouts().connect, .key = affinity_.key, .token = affinity_.token};
  if (!attempts_.begin(*cluster_, wanted, request_.trace.new_span_id(home_.parts_.random))) return false;
  if (request_body_.is_ended()) time_attempt();
  return true;
}

// Begins when the request is here whole, and anew as long as the backend takes of it: how long a client takes
// with the body is no backend's fault, and a large body may need its time.
void Exchange::time_attempt() {
  patience_.wait(Wait::attempt, route_->retry.per_try_timeout, now());
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
  if (server_->in.response) return handle_response();
  if (server_->in.fault) return attempt_failed(*server_->in.fault, Stage::waiting);
}

void Exchange::begin_sending() {
  server_ = &attempts_.current().stream();
  server_->attach(*this, response_body_);
  http::Pipe* body =
      request_body_.is_finished() && request_body_.trailers() == nullptr ? nullptr : &request_body_;
  http::RequestHead& head = *request_.head;
  request_.trace.tell(head.fields, attempts_.span_id());
  const std::string& base_path = attempts_.current().backend()->config.url.path;
  if (base_path.empty() || head.path == "*") return server_->send_head(head, body);
  http::RequestHead based = head;  // the next attempt may go to a backend with another base
  based.path.insert(0, base_path);
  server_->send_head(based, body);
}

void Exchange::forward_interim() {
  for (http::ResponseHead& head : std::exchange(server_->in.interim, {})) {
    if (http::prepare_interim(head, response_facts())) client_->send_head(head, nullptr);
  }
}

void Exchange::handle_response() {
  const uint16_t status = server_->in.response->status;
  attempts_.answered(status, now());
  const auto reason = retry_reason(status);
  if (!reason || !may_try_again(*reason)) return respond();
  drop_server();
  try_again(*reason);
}

void Exchange::respond() {
  http::ResponseHead& head = *server_->in.response;
  request_body_.commit();  // answered: no other attempt after this
  patience_.stop(Wait::attempt);
  http::prepare_response(head, response_facts());
  filter_response(route_->filters, head, request_.view());
  stick(head);
  status_ = head.status;
  responded_at_ = now();
  const bool has_body = !response_body_.is_finished() || response_body_.trailers() != nullptr;
  client_->send_head(head, has_body ? &response_body_ : nullptr);
  phase_ = Phase::streaming;
}

// A client that came without the cookie of the backend that served it gets it.
void Exchange::stick(http::ResponseHead& head) const {
  const config::Sticky& sticky = route_->load_balancer.sticky;
  const uint64_t token = attempts_.current().backend()->tokens.current;
  if (sticky.enabled && token != affinity_.token) add_sticky_cookie(sticky, token, head);
}

// ---- another attempt

void Exchange::attempt_failed(const Error& error, Stage stage) {
  const ErrorStatus status = status_of(error, stage);
  const char* detail = error.detail;
  const auto reason = retry_reason(error, stage, attempts_.current().is_reused());
  if (reason && may_try_again(*reason)) {
    drop_server(status.termination);  // `error` was its
    if (try_again(*reason)) return;
  }
  give_up(status.status, status.proxy_error, detail, status.termination);
}

bool Exchange::may_try_again(config::RetryOn reason) {
  const RetryFacts facts{.attempts = attempts_.count(),
                         .is_replayable = request_body_.taken() == 0 || request_body_.is_held(),
                         .method = request_.method()};
  if (!may_retry(route_->retry, reason, facts)) return false;
  // No backend has had work yet: asking another one doubles none. A host that died has all that wait for it
  // come back at once.
  if (reason == config::RetryOn::connect_failure) return true;
  is_retry_denied_ = !retries_.retry();
  return !is_retry_denied_;
}

// False: there is nobody else. Whom the request goes to next may be known at once, and then nobody tells us.
bool Exchange::try_again(config::RetryOn reason) {
  request_body_.rewind();
  response_body_.clear();
  attempts_.pass_over();
  if (connect()) {
    mark();
    return true;
  }
  if (!may_return(reason)) return false;
  drop_server();
  attempts_.start_over();
  patience_.wait(Wait::pause, pause_before_return(attempts_.count(), home_.parts_.random), now());
  return true;
}

// ---- streaming

void Exchange::stream() {
  if (server_ != nullptr && server_->in.ended && request_body_.is_finished()) drop_server();
  if (response_body_.is_finished()) return finish();
  if (server_ == nullptr || !server_->in.fault || response_body_.is_ended()) return;
  // The head is out: only a reset is honest now, never a body that looks complete and is not.
  const ErrorStatus status = status_of(*server_->in.fault, Stage::response);
  break_off(server_->in.fault->origin, status.termination);
}

void Exchange::move_bodies(const Turn& turn) {
  const auto request = patience_.look_at_request(request_body_);
  if (request.has_filled && phase_ != Phase::replying) {
    if (request_body_.filled() > snapshot().config.server.limits.body_bytes_max) {
      give_up(413, "http_request_error", "the body is larger than this server takes", "too_large");
    } else if (server_ != nullptr) {
      server_->wake();
    }
  }
  if (phase_ == Phase::done) return;
  const bool is_attempted =
      phase_ == Phase::waiting && attempts_.current().state() != upstream::Attempt::State::none;
  if ((request.has_filled || request.has_drained) && request_body_.is_ended() && is_attempted) time_attempt();
  const auto response = patience_.look_at_response(response_body_);
  if (response.has_filled && phase_ != Phase::waiting) client_->wake();

  const Patience::Standing standing{.is_asking = phase_ == Phase::waiting && server_ != nullptr,
                                    .is_relaying = phase_ == Phase::streaming,
                                    .is_replying = phase_ == Phase::replying};
  patience_.watch_request(request_body_, request, standing, timeouts(), turn.now);
  patience_.watch_response(response_body_, response, standing, timeouts(), turn.now);
  if (const uint64_t credit = request_body_.take_credit(); credit > 0) client_->credit(credit);
  if (const uint64_t credit = response_body_.take_credit(); credit > 0 && server_ != nullptr)
    server_->credit(credit);
}

void Exchange::check_deadlines(const Turn& turn) {
  if (patience_.earliest() <= turn.now) handle_deadline(turn);
  if (phase_ != Phase::done) home_.parts_.timers.arm(*this, patience_.earliest());
}

void Exchange::handle_deadline(const Turn& turn) {
  const auto is_over = [&](Wait what) { return patience_.is_over(what, turn.now); };
  if (is_over(Wait::client_write)) return break_off(Origin::client, "client_timeout");
  if (is_over(Wait::client_body)) {
    return give_up(408, "http_request_error", "the body did not arrive in time", "client_timeout");
  }
  constexpr const char* kLate = "the backend did not answer in time";
  if (is_over(Wait::request)) return give_up(504, "http_response_timeout", kLate, "timeout");
  if (is_over(Wait::response_body)) return give_up(504, "http_response_timeout", kLate, "upstream_timeout");
  const Error late{ErrorCode::timed_out, Origin::upstream, kLate};
  if (is_over(Wait::response_head)) return attempt_failed(late, Stage::waiting);
  if (is_over(Wait::pause)) {
    patience_.stop(Wait::pause);
    ask();
    return mark();  // it may be open already
  }
  // The time of one attempt is over. It goes on if there can't be another: it may still be the one.
  patience_.stop(Wait::attempt);
  const Stage stage = server_ == nullptr ? Stage::connect : Stage::waiting;
  if (may_try_again(*retry_reason(late, stage, false))) attempt_failed(late, stage);
}

// ---- ends

void Exchange::answer(const Refusal& refusal) {
  std::string field;
  if (!refusal.proxy_error.empty()) {
    const upstream::Backend* backend = attempts_.current().backend();
    std::string details(refusal.details);
    if (attempts_.count() > 1) details.append(fmt::format("; {} attempts", attempts_.count()));
    field = proxy_status(snapshot().config.server.name, refusal.proxy_error, details,
                         backend != nullptr ? backend->config.name : std::string_view());
  }
  reply(make_reply({.status = refusal.status,
                    .method = request_.method(),
                    .accept = request_.accept(),
                    .proxy_status = field,
                    .allow = refusal.allow}));
}

void Exchange::reply(Reply reply) {
  assert(phase_ < Phase::streaming);
  drop_server();
  response_body_.clear();
  patience_.stop();
  http::Headers& fields = reply.head.fields;
  fields.add(http::Name::date, date());
  if (!alt_svc().empty()) fields.add(http::Name::alt_svc, alt_svc());
  status_ = reply.head.status;
  responded_at_ = now();
  response_body_.push(std::move(reply.body));
  response_body_.end();
  client_->send_head(reply.head, response_body_.is_finished() ? nullptr : &response_body_);
  phase_ = Phase::replying;
  if (response_body_.is_finished()) finish();
}

void Exchange::give_up(uint16_t status, std::string_view proxy_error, std::string_view details,
                       std::string_view termination) {
  if (phase_ >= Phase::streaming) return break_off(Origin::self, termination);
  termination_ = termination;
  drop_server(termination);
  answer({.status = status, .proxy_error = proxy_error, .details = details});
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
    if (!server_->in.ended || !request_body_.is_finished()) server_->reset(http::Reason::cancelled);
    server_ = nullptr;
  }
  patience_.stop(Wait::attempt);
  attempts_.end({.at = now(),
                 .termination = termination,
                 .bytes_out = request_body_.taken(),
                 .bytes_in = response_body_.filled()});
}

void Exchange::finish() {
  drop_server();
  if (!home_.observers_.empty()) tell_observers();
  client_->detach();
  client_ = nullptr;
  home_.parts_.timers.disarm(*this);
  phase_ = Phase::done;
  home_.done_.push_back(*this);
}

void Exchange::tell_observers() const {
  observe::ExchangeRecord record{.time = began_.wall,
                                 .began = began_.now,
                                 .first_byte = responded_at_,
                                 .ended = now(),
                                 .status = status_,
                                 .bytes_in = request_body_.filled(),
                                 .bytes_out = response_body_.taken(),
                                 .termination = termination_,
                                 .attempts = attempts_.records(),
                                 .is_retry_denied = is_retry_denied_};
  request_.describe(*client_, record);
  if (route_ != nullptr) {
    record.route = route_->name;
    record.route_path = route_->path;
  }
  for (observe::ExchangeObserver* observer : home_.observers_)
    observer->exchange_ended(record);
}

// ---- views

const Snapshot& Exchange::snapshot() const {
  return *generation_.snapshot;
}

const config::RouteTimeouts& Exchange::timeouts() const {
  return route_ != nullptr ? route_->timeouts : snapshot().config.server.timeouts;
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

std::string_view Exchange::date() const {
  return home_.date_.text(home_.parts_.turn.wall);
}

TimePoint Exchange::now() const {
  return home_.parts_.turn.now;
}

}  // namespace qp::proxy

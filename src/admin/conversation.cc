#include "admin/conversation.h"

#include <algorithm>
#include <cassert>
#include <span>
#include <utility>

#include "admin/api.h"
#include "http/framing.h"
#include "http/rules.h"
#include "http/uri.h"

namespace qp::admin {

namespace {

// Nothing that leaves here is to be kept, or taken for something else than it says.
constexpr std::pair<std::string_view, std::string_view> kFieldsOfAll[] = {
    {"cache-control", "no-store"}, {"x-content-type-options", "nosniff"}};

// The word for programs where the wire or the rules of HTTP refuse a request.
std::string_view error_of(uint16_t status) {
  return status == 413 || status == 414 || status == 431 ? "too_large" : "bad_request";
}

}  // namespace

// One byte more than the limit has to fit, so that passing it can be seen.
Conversation::Conversation(Api& home, http::Stream& client)
    : home_(home), client_(&client), request_(Api::kBodyBytesMax + 1), response_(EventHub::kQueueBytesMax) {
  client.attach(*this, request_);
  mark();
}

Conversation::~Conversation() {
  assert(phase_ == Phase::done);
}

void Conversation::mark() {
  if (!home_.dirty_.holds(*this)) home_.dirty_.push_back(*this);
}

void Conversation::due() {
  is_late_ = true;
  mark();
}

void Conversation::take_answer(Response response) {
  answer_ = std::move(response);
  mark();
}

void Conversation::advance() {
  if (phase_ == Phase::done) return;
  if (client_->in.fault) return finish();
  if (phase_ == Phase::receiving) receive();
  if (phase_ == Phase::waiting) await();
  if (phase_ == Phase::replying && response_.is_finished()) finish();
}

void Conversation::receive() {
  if (client_->in.refusal) return refuse(*client_->in.refusal);
  if (head_ == nullptr && !begin()) return;
  if (request_.filled() > Api::kBodyBytesMax) return refuse({413, "the body is larger than 64 KiB"});
  if (is_late_) return refuse({408, "the body did not arrive in time"});
  if (!request_.is_ended()) return;

  const std::string body = take_body();
  phase_ = Phase::waiting;
  home_.parts_.timers.arm(*this, home_.parts_.turn.now + Api::kAnswerPatience);
  home_.resources_.answer({.method = head_->method == "HEAD" ? "GET" : std::string_view(head_->method),
                           .authority = head_->authority,
                           .host = host_,
                           .path = path_,
                           .query = http::query_of(head_->path),
                           .fields = head_->fields,
                           .body = body,
                           .peer = *client_->peer},
                          Promise(*this));
}

void Conversation::await() {
  if (!answer_) {
    if (!is_late_) return;
    leave();
    answer_ = refusal(504, "no_answer", "the answer took longer than 10 s");
  }
  home_.parts_.timers.disarm(*this);
  reply(*std::exchange(answer_, std::nullopt));
}

// False: it was refused.
bool Conversation::begin() {
  head_ = std::move(client_->in.request);
  const http::RequestFacts facts{.version = client_->version, .peer = *client_->peer};
  auto target = http::check_request(*head_, facts, home_.server_name_);
  const auto length = http::content_length(head_->fields, Origin::client);
  const bool is_too_long = length && *length && **length > Api::kBodyBytesMax;
  if (!target) {
    refuse(target.error());
    return false;
  }
  if (is_too_long) {
    refuse({413, "the body is larger than 64 KiB"});
    return false;
  }
  host_ = std::move(target->authority.host);
  path_ = std::move(target->path);
  if (request_.is_ended()) return true;
  if (!head_->protocol.empty()) {
    request_.end();  // an Upgrade that we don't take up has no body
    return true;
  }
  if (http::expects_continue(*head_, client_->version)) {
    client_->send_head(http::ResponseHead{.status = 100, .fields = {}}, nullptr);
  }
  home_.parts_.timers.arm(*this, home_.parts_.turn.now + Api::kBodyPatience);
  return true;
}

std::string Conversation::take_body() {
  std::string body;
  while (request_.ready() > 0)
    body += request_.take_slice(Api::kBodyBytesMax).text();
  return body;
}

void Conversation::refuse(const http::Answer& answer) {
  // OPTIONS that may go no further (RFC 9110 §7.6.2) is the one refusal that is no error.
  if (answer.status < 400) return reply({.status = answer.status, .type = {}, .body = {}, .fields = {}});
  reply(refusal(answer.status, error_of(answer.status), answer.detail));
}

void Conversation::reply(Response response) {
  const std::string_view method = head_ != nullptr ? std::string_view(head_->method) : std::string_view();
  http::ResponseHead head{.status = response.status, .fields = std::move(response.fields)};
  if (!response.type.empty()) head.fields.add(http::Name::content_type, response.type);
  const bool is_stream = response.events != nullptr && method != "HEAD";
  if (response.status != 204 && response.events == nullptr) {
    head.fields.add(http::Name::content_length, std::to_string(response.body.size()));
  }
  head.fields.add(http::Name::date, home_.date_.text(home_.parts_.turn.wall));
  for (const auto& [name, value] : kFieldsOfAll) {
    if (!head.fields.find(name)) head.fields.add(name, value);
  }
  if (http::may_have_body(method, response.status)) push(response.body);
  if (is_stream) {
    response.events->add(*this);
    phase_ = Phase::streaming;
  } else {
    response_.end();
    phase_ = Phase::replying;
  }
  client_->send_head(head, response_.is_finished() ? nullptr : &response_);
}

void Conversation::push(std::string_view text) {
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, BlockPool::kBlockBytes);
    response_.push(home_.parts_.blocks.copy(piece));
    text.remove_prefix(piece.size());
  }
}

void Conversation::take_event(std::string_view text) {
  if (response_.room() < text.size()) {  // too slow
    client_->reset(http::Reason::excessive_load);
    return finish();
  }
  push(text);
  client_->wake();
}

void Conversation::end_events() {
  ListNode<EventListeners>::unlink();
  response_.end();
  client_->wake();
  phase_ = Phase::replying;
  mark();
}

void Conversation::finish() {
  phase_ = Phase::done;
  leave();
  ListNode<EventListeners>::unlink();
  home_.parts_.timers.disarm(*this);
  client_->detach();
  client_ = nullptr;
  home_.done_.push_back(*this);
}

}  // namespace qp::admin

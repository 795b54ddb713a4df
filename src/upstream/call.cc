#include "upstream/call.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace qp::upstream {

namespace {

constexpr uint32_t kPipeBytes = 16 * 1024;

// As a client would name it (RFC 9110 §7.2): the port only where it is not the scheme's own.
std::string authority_of(const config::Url& url) {
  const bool is_ipv6 = url.host.find(':') != std::string::npos;
  const uint16_t usual_port = url.scheme == config::Scheme::https ? 443 : 80;
  std::string text = is_ipv6 ? "[" + url.host + "]" : url.host;
  if (url.port != usual_port) text += ":" + std::to_string(url.port);
  return text;
}

Call::Result failed(Error error) {
  return {.response = nullptr, .body = {}, .failure = error};
}

}  // namespace

void Call::begin(std::optional<Request> request, Reuse reuse, TimePoint deadline) {
  assert(!is_under_way());
  request_ = std::move(request);
  deadline_ = deadline;
  kept_.clear();
  sent_.emplace(kPipeBytes);
  received_.emplace(kPipeBytes);
  pool_.open(attempt_, deadline, reuse);
}

std::optional<Call::Result> Call::advance() {
  std::optional<Result> result = look();
  if (!result && is_under_way() && reactor_.turn.now >= deadline_) {
    result = failed({ErrorCode::timed_out, Origin::upstream, "it took too long"});
  }
  if (result) let_go();
  return result;
}

std::optional<Call::Result> Call::look() {
  switch (attempt_.state()) {
    case Attempt::State::none:
    case Attempt::State::waiting: return {};
    case Attempt::State::failed: return failed(attempt_.error());
    case Attempt::State::open: break;
  }
  if (!request_) return Result{};
  if (stream_ == nullptr) ask();
  return look_at_response();
}

void Call::ask() {
  const config::Url& url = pool_.backend().config.url;
  http::RequestHead& head = request_->head;
  head.scheme = url.scheme == config::Scheme::https ? "https" : "http";
  head.authority = authority_of(url);
  if (!request_->body.empty()) {
    head.fields.set(http::Name::content_length, std::to_string(request_->body.size()));
  }
  for (std::string_view rest = request_->body; !rest.empty();) {
    const std::string_view piece = rest.substr(0, BlockPool::kBlockBytes);
    sent_->push(reactor_.blocks.copy(piece));
    rest.remove_prefix(piece.size());
  }
  sent_->end();
  stream_ = &attempt_.stream();
  stream_->attach(*this, *received_);
  stream_->send_head(head, sent_->is_finished() ? nullptr : &*sent_);
}

std::optional<Call::Result> Call::look_at_response() {
  http::Inbound& in = stream_->in;
  in.interim.clear();
  take_body();
  const uint64_t kept_max = request_->kept_bytes_max;
  const bool is_success = in.response && in.response->status >= 200 && in.response->status < 300;
  const bool is_body_wanted = is_success || kept_max > 0;
  const uint64_t enough = kept_max > 0 ? kept_max : kBodyBytesMax;
  if (in.response && (!is_body_wanted || in.ended || received_->taken() >= enough)) {
    return Result{.response = std::move(in.response), .body = std::move(kept_), .failure = {}};
  }
  if (in.fault) return Result{.response = std::move(in.response), .body = {}, .failure = in.fault};
  return {};
}

void Call::take_body() {
  while (received_->ready() > 0) {
    const Slice slice = received_->take_slice(kPipeBytes);
    kept_ += slice.text().substr(0, request_->kept_bytes_max - kept_.size());
  }
  if (const uint64_t credit = received_->take_credit(); credit > 0) stream_->credit(credit);
}

void Call::let_go() {
  if (stream_ != nullptr && !(stream_->in.ended && sent_->is_finished())) {
    stream_->reset(http::Reason::cancelled);
  }
  stream_ = nullptr;
  attempt_.release();
}

}  // namespace qp::upstream

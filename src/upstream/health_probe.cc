#include "upstream/health_probe.h"

#include <cassert>
#include <string>

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

}  // namespace

void HealthProbe::begin(TimePoint deadline) {
  assert(!is_under_way());
  deadline_ = deadline;
  body_.emplace(kPipeBytes);
  stream_ = nullptr;
  pool_.open(attempt_, deadline, Reuse::never);
}

std::optional<HealthProbe::Result> HealthProbe::advance(TimePoint now) {
  std::optional<Result> result = look();
  if (!result && is_under_way() && now >= deadline_) result = Result{.reason = "the check took too long"};
  if (result) attempt_.release();
  return result;
}

std::optional<HealthProbe::Result> HealthProbe::look() {
  switch (attempt_.state()) {
    case Attempt::State::none:
    case Attempt::State::waiting: return {};
    case Attempt::State::failed: return Result{.reason = attempt_.error().detail};
    case Attempt::State::open: break;
  }
  if (pool_.backend().config.health_check.type == config::HealthCheckType::tcp) {
    return Result{.has_passed = true};
  }
  if (stream_ == nullptr) ask();
  return judge();
}

void HealthProbe::ask() {
  const config::Backend& backend = pool_.backend().config;
  http::RequestHead head;
  head.method = "GET";
  head.scheme = backend.url.scheme == config::Scheme::https ? "https" : "http";
  head.authority = authority_of(backend.url);
  head.path = backend.health_check.path;
  head.fields.add(http::Name::user_agent, "quic-proxy health check");
  head.fields.add(http::Name::accept, "*/*");
  stream_ = &attempt_.stream();
  stream_->attach(*this, *body_);
  stream_->send_head(head, nullptr);
}

std::optional<HealthProbe::Result> HealthProbe::judge() {
  http::Inbound& in = stream_->in;
  in.interim.clear();
  body_->take(body_->ready());
  if (const uint64_t credit = body_->take_credit(); credit > 0) stream_->credit(credit);
  const uint16_t status = in.response ? in.response->status : uint16_t{0};
  if (in.response && (status < 200 || status > 299)) {
    return Result{.status = status, .reason = "the status is not from 200 to 299"};
  }
  if (in.response && (in.ended || body_->taken() >= kBodyBytesMax)) {
    return Result{.has_passed = true, .status = status};
  }
  if (in.fault) return Result{.status = status, .reason = in.fault->detail};
  return {};
}

}  // namespace qp::upstream

#include "talk.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace qp::sim {

namespace {

constexpr uint32_t kPartBytesMax = 20'000;
constexpr uint32_t kSlowBytes = 3'000;

}  // namespace

Talk::Talk(Outside& outside, Party& client, Ledger& ledger, Wire& wire, http::Stream& stream, Case& one)
    : outside_(outside),
      client_(client),
      ledger_(ledger),
      wire_(wire),
      stream_(stream),
      case_(one),
      writer_(one.request_body(), one.request_bytes),
      reader_(one.response_body()),
      reads_at_(outside.now()) {
  http::RequestHead head;
  head.method = one.method;
  head.scheme = "http";
  head.authority = "example.com";
  head.path = "/case/" + std::to_string(one.number);
  const bool has_body = one.request_bytes > 0;
  if (has_body && one.has_length)
    head.fields.add(http::Name::content_length, std::to_string(one.request_bytes));
  if (!has_body) request_.end();
  ledger.began(one);
  stream.attach(*this, response_);
  stream.send_head(head, has_body ? &request_ : nullptr);
}

bool Talk::go_on() {
  if (!stream_.in.fault) send();
  if (!receive()) return leave();
  if (case_.cancels_at <= reader_.bytes() && (has_head_ || case_.cancels_at == 0)) {
    stream_.reset(http::Reason::cancelled);
    ledger_.cancelled(case_);
    return leave();
  }
  // The end of an answer counts even if the connection broke right behind it.
  if (stream_.in.ended && response_.is_finished()) {
    ledger_.response_ended(case_, answer_, reader_.bytes());
    if (!request_.is_finished()) stream_.reset(http::Reason::cancelled);
    return leave();
  }
  if (!stream_.in.fault) return true;
  ledger_.failed(case_, stream_.in.fault->detail);
  return leave();
}

std::string Talk::state() const {
  return fmt::format("case {}: {} of {} bytes said, {} of them taken; {} bytes heard{}{}{}", case_.number,
                     writer_.written(), case_.request_bytes, request_.taken(), reader_.bytes(),
                     has_head_ ? "" : ", no head", stream_.in.ended ? ", ended" : "",
                     stream_.in.fault ? ", broken" : "");
}

void Talk::send() {
  while (writer_.written() < case_.stops_sending_at) {
    const uint64_t left = case_.stops_sending_at - writer_.written();
    const auto part = static_cast<uint32_t>(std::min<uint64_t>(kPartBytesMax, left));
    if (!writer_.write(request_, outside_.blocks, outside_.random, part)) return;
    stream_.wake();
  }
  // What it has said so far leaves first; then it is gone in the middle of its request.
  if (request_.ready() == 0 && !request_.is_ended()) wire_.close();
}

bool Talk::receive() {
  if (!has_head_ && stream_.in.response) {
    has_head_ = true;
    answer_ = ledger_.answered(case_, *stream_.in.response);
  }
  if (outside_.now() < reads_at_) return true;
  if (case_.is_slow && response_.ready() > 0) {
    reads_at_ = outside_.now() + std::chrono::microseconds(1 + outside_.random.below(40'000));
  }
  const uint64_t bytes_max = std::min<uint64_t>(case_.is_slow ? kSlowBytes : UINT64_MAX, case_.cancels_at);
  if (answer_ != nullptr && !reader_.read(response_, bytes_max)) {
    ledger_.complain("the client got other bytes than the backend sent in case " +
                     std::to_string(case_.number));
    return false;
  }
  if (answer_ == nullptr) response_.take(response_.ready());  // the proxy's own words
  if (const uint64_t credit = response_.take_credit(); credit > 0) stream_.credit(credit);
  return true;
}

bool Talk::leave() {
  stream_.detach();
  return false;
}

}  // namespace qp::sim

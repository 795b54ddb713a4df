#include "serving.h"

#include <algorithm>
#include <array>
#include <string>

#include "backend.h"

namespace qp::sim {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr uint32_t kAnswerBytesMax = 300 * 1024;
constexpr uint32_t kTrickleBytesMax = 4'000;

Mood random_mood(Weather weather, Condition condition, Random& random) {
  if (condition == Condition::frozen) return Mood::hangs;
  if (condition == Condition::busy) return Mood::good;
  if (weather != Weather::rough)
    return std::array{Mood::good, Mood::good, Mood::slow, Mood::lazy}[random.below(4)];
  if (random.one_in(2)) return Mood::good;
  return static_cast<Mood>(random.below(static_cast<uint32_t>(Mood::hangs_within) + 1));
}

}  // namespace

Serving::Serving(Backend& backend, http::Stream& stream, Case& one)
    : Party(backend.outside_),
      backend_(backend),
      stream_(stream),
      case_(one),
      mood_(random_mood(backend.ledger_.weather(), backend.condition(), outside_.random)),
      answer_(plan()),
      reader_(one.request_body()) {
  stream.attach(*this, request_);
  place_ = backend.ledger_.taken_in_hand(one, answer_);
  reads_at_ = speaks_at_ = outside_.now();
  if (mood_ == Mood::lazy) reads_at_ += milliseconds(outside_.random.below(5'000));
  if (outside_.random.one_in(2)) speaks_at_ += microseconds(outside_.random.below(200'000));
  mark();
}

Answer Serving::plan() {
  Random& random = outside_.random;
  Answer answer;
  answer.status = std::array<uint16_t, 5>{200, 200, 200, 404, 204}[random.below(5)];
  answer.bytes = random.one_in(3) ? random.below(200) : random.below(kAnswerBytesMax);
  if (backend_.condition() == Condition::busy) answer.status = kBusyStatus;
  if (answer.status == 204) answer.bytes = 0;
  answer.by = &backend_;
  if (mood_ == Mood::breaks_off_within || mood_ == Mood::hangs_within) {
    const bool has_body = case_.method != "HEAD" && answer.bytes > 0;
    breaks_at_ = has_body ? random.below(static_cast<uint32_t>(answer.bytes)) : UINT64_MAX;
    answer.may_be_whole = !has_body;
  }
  return answer;
}

void Serving::advance() {
  if (stream_.in.fault) return finish();
  read();
  if (mood_ == Mood::hangs) return;
  const TimePoint now = outside_.now();
  if (now < speaks_at_) return wake_at(speaks_at_);
  if (!writer_) {
    if (!has_noted_end_ && mood_ != Mood::early) return;
    if (mood_ == Mood::breaks_off) {
      stream_.reset(http::Reason::internal);
      return finish();
    }
    send_head();
  }
  write();
}

void Serving::read() {
  if (outside_.now() < reads_at_) return wake_at(reads_at_);
  if (!reader_.read(request_, UINT64_MAX)) {
    backend_.ledger_.complain("a backend got other bytes than the client sent in case " +
                              std::to_string(case_.number));
  }
  if (const uint64_t credit = request_.take_credit(); credit > 0) stream_.credit(credit);
  if (has_noted_end_ || !stream_.in.ended || !request_.is_finished()) return;
  has_noted_end_ = true;
  backend_.ledger_.request_ended(case_, reader_.bytes());
}

void Serving::send_head() {
  http::ResponseHead head{.status = answer_.status, .fields = {}};
  head.fields.add("x-answer", std::to_string(place_));
  if (answer_.status != 204 && outside_.random.one_in(2)) {
    head.fields.add(http::Name::content_length, std::to_string(answer_.bytes));
  }
  const bool has_body = case_.method != "HEAD" && answer_.bytes > 0;
  writer_.emplace(case_.response_body(), has_body ? answer_.bytes : 0);
  if (!has_body) response_.end();
  stream_.send_head(head, has_body ? &response_ : nullptr);
}

void Serving::write() {
  Random& random = outside_.random;
  const bool is_slow = mood_ == Mood::slow;
  for (;;) {
    if (writer_->written() >= breaks_at_) {
      if (mood_ == Mood::hangs_within) return;
      stream_.reset(http::Reason::internal);
      return finish();
    }
    const auto part = static_cast<uint32_t>(
        std::min<uint64_t>(is_slow ? kTrickleBytesMax : 20'000, breaks_at_ - writer_->written()));
    if (!writer_->write(response_, outside_.blocks, random, part)) break;
    stream_.wake();
    if (is_slow) {
      speaks_at_ = outside_.now() + microseconds(random.below(20'000));
      return wake_at(speaks_at_);
    }
  }
  // What isn't read of the request is the wire's business once the answer is out.
  if (response_.is_finished() && (has_noted_end_ || mood_ == Mood::early)) finish();
}

void Serving::finish() {
  stream_.detach();
  backend_.servings_.destroy(*this);
}

}  // namespace qp::sim

#include "ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "network.h"

namespace qp::sim {

namespace {

constexpr uint32_t kBodyBytesMax = 300 * 1024;

uint64_t random_size(Random& random) {
  switch (random.below(5)) {
    case 0: return 0;
    case 1: return 1 + random.below(64);
    case 2: return random.below(20'000);
    default: return random.below(kBodyBytesMax + 1);
  }
}

std::optional<size_t> number_in(std::string_view text) {
  size_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc()) return {};
  return number;
}

}  // namespace

Case& Ledger::add(Random& random) {
  constexpr std::array<const char*, 6> kMethods = {"GET", "GET", "HEAD", "POST", "POST", "PUT"};
  Case one;
  one.number = static_cast<uint32_t>(cases_.size());
  one.method = kMethods[random.below(kMethods.size())];
  if (one.method == "POST" || one.method == "PUT") one.request_bytes = random_size(random);
  one.has_length = random.one_in(2);
  one.is_slow = random.one_in(6);
  const bool is_rough = weather_ == Weather::rough;
  if (is_rough && one.request_bytes > 0 && random.one_in(8)) {
    one.stops_sending_at = random.below(static_cast<uint32_t>(one.request_bytes));
  }
  if (is_rough && random.one_in(8)) one.cancels_at = random_size(random);
  return cases_.emplace_back(std::move(one));
}

Case* Ledger::find(std::string_view path) {
  constexpr std::string_view kPrefix = "/case/";
  if (!path.starts_with(kPrefix)) return nullptr;
  const auto number = number_in(path.substr(kPrefix.size()));
  return number && *number < cases_.size() ? &cases_[*number] : nullptr;
}

size_t Ledger::over() const {
  return static_cast<size_t>(std::ranges::count_if(cases_, [](const Case& one) { return one.is_over; }));
}

size_t Ledger::taken_in_hand(Case& one, const Answer& answer) {
  one.answers.push_back(answer);
  tell(one, fmt::format("a backend has it and will answer {} and {} bytes{}", answer.status, answer.bytes,
                        answer.may_be_whole ? "" : ", not all of them"));
  if (!one.is_safe_twice() && one.answers.size() > 1) {
    complain(fmt::format("case {}: {} was processed by a backend twice", one.number, one.method));
  }
  if (weather_ == Weather::clean && one.answers.size() > 1) {
    complain(fmt::format("case {}: tried again though nothing had failed", one.number));
  }
  return one.answers.size() - 1;
}

void Ledger::request_ended(const Case& one, uint64_t bytes) {
  tell(one, fmt::format("the backend has all {} bytes", bytes));
  if (bytes == one.request_bytes) return;
  complain(fmt::format("case {}: a backend got {} of the request's {} bytes and took them for all of it",
                       one.number, bytes, one.request_bytes));
}

void Ledger::backend_stops(const void* backend) {
  for (Case& one : cases_) {
    if (!one.is_over && !one.answers.empty() && one.answers.back().by == backend) {
      one.answers.back().is_broken = true;
    }
  }
}

bool Ledger::must_succeed(const Case& one) const {
  return weather_ == Weather::clean || (weather_ == Weather::outages && one.has_to_succeed());
}

const Answer* Ledger::answered(const Case& one, const http::ResponseHead& head) {
  const auto field = head.fields.find("x-answer");
  tell(one, fmt::format("answered {} by {}", head.status, field ? "a backend" : "the proxy"));
  if (!field) {
    if (must_succeed(one)) {
      complain(fmt::format("case {}: the proxy answered {} itself though a backend was well: {}", one.number,
                           head.status, head.fields.find(http::Name::proxy_status).value_or("")));
    } else if (head.status < 400) {
      complain(fmt::format("case {}: the proxy made up an answer of its own: {}", one.number, head.status));
    }
    return nullptr;
  }
  const auto place = number_in(*field);
  if (!place || *place >= one.answers.size() || head.status != one.answers[*place].status) {
    complain(fmt::format("case {}: no backend gave this answer: {} {}", one.number, head.status, *field));
    return nullptr;
  }
  if (head.status == kBusyStatus && must_succeed(one)) {
    complain(fmt::format("case {}: a busy backend's answer though another one was well", one.number));
  }
  if (*place + 1 != one.answers.size()) {
    complain(fmt::format("case {}: an answer to attempt {} of {}", one.number, *place, one.answers.size()));
  }
  return &one.answers[*place];
}

void Ledger::response_ended(Case& one, const Answer* answer, uint64_t bytes) {
  end(one, fmt::format("the client has all {} bytes", bytes));
  if (answer == nullptr) return;
  const uint64_t expected = one.method == "HEAD" ? 0 : answer->bytes;
  if (bytes != expected) {
    complain(fmt::format("case {}: the client got {} of the answer's {} bytes and took them for all of it",
                         one.number, bytes, expected));
  } else if (!answer->may_be_whole) {
    complain(fmt::format("case {}: the backend broke off and the client saw a whole answer", one.number));
  }
}

void Ledger::failed(Case& one, std::string_view why) {
  end(one, why);
  const bool is_cut = weather_ == Weather::outages && !one.answers.empty() && one.answers.back().is_broken;
  if (must_succeed(one) && !is_cut)
    complain(fmt::format("case {}: the client saw an error though a backend was well: {}", one.number, why));
}

void Ledger::began(const Case& one) {
  tell(one, fmt::format("{} with {} bytes in {}", one.method, one.request_bytes,
                        one.has_length ? "one" : "chunks"));
}

void Ledger::end(Case& one, std::string_view how) {
  tell(one, how);
  if (one.is_over) complain(fmt::format("case {}: ended twice", one.number));
  one.is_over = true;
}

void Ledger::tell(const Case& one, std::string_view what) const {
  const Network& network = Network::current();
  if (network.is_traced()) network.tell(fmt::format("case {}: {}", one.number, what));
}

void Ledger::complain(std::string text) {
  if (complaint_.empty()) complaint_ = std::move(text);
}

}  // namespace qp::sim

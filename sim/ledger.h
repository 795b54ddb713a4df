// What was asked and what came to pass: every request of a world with everything that client and backends
// know of it, and the rules that must hold between the two. The first broken rule is kept; the world stops
// there.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "http/message.h"
#include "plan.h"

namespace qp::sim {

// Of a backend that has too much to do; no application answers so of its own accord.
inline constexpr uint16_t kBusyStatus = 503;

// One answer of a backend's application to one attempt.
struct Answer {
  uint16_t status = 200;
  uint64_t bytes = 0;        // of the body that the client must get
  bool may_be_whole = true;  // false: the backend breaks off on the way
  const void* by = nullptr;  // whose it is
  bool is_broken = false;    // he has stopped since
};

struct Case {
  uint32_t number = 0;
  std::string method = "GET";
  uint64_t request_bytes = 0;
  bool has_length = true;  // Content-Length, or else in chunks
  // Until when the client takes part; UINT64_MAX: to the end.
  uint64_t stops_sending_at = UINT64_MAX;  // bytes of its body; then it goes away
  uint64_t cancels_at = UINT64_MAX;        // bytes of the answer; then it doesn't want the rest
  bool is_slow = false;                    // reads little by little

  std::deque<Answer> answers;  // one for each time that a backend has taken it in hand
  bool is_over = false;

  // Must be answered while one backend is well.
  bool has_to_succeed() const { return is_safe_twice() && request_bytes == 0; }
  bool is_safe_twice() const { return method != "POST"; }  // RFC 9110 §9.2.2
  uint64_t request_body() const { return 2 * uint64_t{number}; }
  uint64_t response_body() const { return 2 * uint64_t{number} + 1; }
};

class Ledger {
 public:
  explicit Ledger(Weather weather) : weather_(weather) {}

  Case& add(Random& random);
  Case* find(std::string_view path);
  Weather weather() const { return weather_; }
  size_t cases() const { return cases_.size(); }
  size_t over() const;

  void began(const Case& one);
  // A backend's application gets a request, and says what it will answer. Returns the answer's place.
  size_t taken_in_hand(Case& one, const Answer& answer);
  // It has the whole request, so it believes.
  void request_ended(const Case& one, uint64_t bytes);
  // What it has not finished by now may remain unfinished.
  void backend_stops(const void* backend);
  // The client has a final head; `answer` is null when it is the proxy's own.
  const Answer* answered(const Case& one, const http::ResponseHead& head);
  // The client's part is over: with a whole answer, or with an error that it saw.
  void response_ended(Case& one, const Answer* answer, uint64_t bytes);
  void failed(Case& one, std::string_view why);
  void cancelled(Case& one) { end(one, "the client has cancelled"); }

  void complain(std::string text);
  const std::string& complaint() const { return complaint_; }

 private:
  bool must_succeed(const Case& one) const;
  void end(Case& one, std::string_view how);
  void tell(const Case& one, std::string_view what) const;

  Weather weather_;
  std::deque<Case> cases_;
  std::string complaint_;
};

}  // namespace qp::sim

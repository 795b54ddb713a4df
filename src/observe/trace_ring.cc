#include "observe/trace_ring.h"

#include <algorithm>
#include <initializer_list>

namespace qp::observe {

// A record with texts of its own.
struct TraceRing::Place {
  void fill(const ExchangeRecord& from);

  ExchangeRecord record;
  std::vector<AttemptRecord> attempts;
  std::string text;  // of all of them

 private:
  static void own(std::string_view& text, std::string& into) {
    const size_t at = into.size();
    into.append(text.substr(0, kTextBytesMax));
    text = std::string_view(into).substr(at);
  }
  // Every text that a record has; what is none of them must not point anywhere.
  template <typename Visit>
  static void each_text(ExchangeRecord& record, std::vector<AttemptRecord>& attempts, Visit visit) {
    for (std::string_view* text :
         {&record.request_id, &record.trace.state, &record.client_ip, &record.peer_ip, &record.tls_version,
          &record.tls_cipher, &record.server_name, &record.method, &record.scheme, &record.host, &record.path,
          &record.sent_path, &record.referer, &record.user_agent, &record.route, &record.route_path,
          &record.termination}) {
      visit(*text);
    }
    for (AttemptRecord& attempt : attempts) {
      for (std::string_view* text :
           {&attempt.backend, &attempt.scheme, &attempt.address, &attempt.base_path, &attempt.termination}) {
        visit(*text);
      }
    }
  }
};

void TraceRing::Place::fill(const ExchangeRecord& from) {
  record = from;
  const size_t left_out = from.attempts.size() - std::min(from.attempts.size(), kAttemptsMax);
  const auto kept = from.attempts.subspan(left_out);
  attempts.assign(kept.begin(), kept.end());
  record.attempts = attempts;

  size_t bytes = 0;
  each_text(record, attempts, [&](std::string_view& one) { bytes += std::min(one.size(), kTextBytesMax); });
  text.clear();
  text.reserve(bytes);  // so that it stays where it is while it grows
  each_text(record, attempts, [this](std::string_view& one) { own(one, text); });
}

TraceRing::TraceRing(size_t exchanges) : size_(exchanges), places_(std::make_unique<Place[]>(exchanges)) {}

TraceRing::~TraceRing() = default;

void TraceRing::keep(const ExchangeRecord& record) {
  const uint64_t kept = kept_.load(std::memory_order_relaxed);
  if (kept - taken_.load(std::memory_order_acquire) == size_) {
    dropped_.store(dropped_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return;
  }
  places_[kept % size_].fill(record);
  kept_.store(kept + 1, std::memory_order_release);
}

bool TraceRing::is_half_full() const {
  return kept_.load(std::memory_order_relaxed) - taken_.load(std::memory_order_relaxed) >= size_ / 2;
}

bool TraceRing::take(const std::function<void(const ExchangeRecord&)>& show) {
  const uint64_t taken = taken_.load(std::memory_order_relaxed);
  if (kept_.load(std::memory_order_acquire) == taken) return false;
  show(places_[taken % size_].record);
  taken_.store(taken + 1, std::memory_order_release);
  return true;
}

}  // namespace qp::observe

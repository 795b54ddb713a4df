#include "proxy/attempts.h"

#include <cassert>

#include "upstream/outlier_watch.h"

namespace qp::proxy {

bool Attempts::begin(upstream::Cluster& cluster, upstream::OpenRequest request, uint64_t span_id) {
  request.tried = tried_;
  request.reuse = reuse_;
  request.nth = count_ == 0 ? upstream::Try::first : upstream::Try::again;
  cluster.open(current_, request);
  if (current_.state() == upstream::Attempt::State::failed) return false;
  if (count_ == 1) more_.push_back(first_);
  if (count_ >= 1) more_.emplace_back();
  ++count_;
  const upstream::Backend& backend = *current_.backend();
  last() = {.backend = backend.config.name,
            .backend_id = backend.id,
            .scheme = backend.config.url.scheme == config::Scheme::https ? "https" : "http",
            .address = backend.config.url.host,
            .port = backend.config.url.port,
            .base_path = backend.config.url.path,
            .began = current_.began_at(),
            .span_id = span_id};
  return true;
}

void Attempts::answered(uint16_t status, TimePoint now) {
  last().status = status;
  last().first_byte = now;
  current_.note_answer(now);
}

void Attempts::end(const End& end) {
  using State = upstream::Attempt::State;
  if (current_.state() == State::none) return;
  // What failed without an attempt leaves the record of the one before as it is.
  const bool was_open = current_.state() == State::open;
  if (count_ > 0 && last().ended == TimePoint()) {
    observe::AttemptRecord& record = last();
    if (was_open) {
      record.connected = current_.ended_at();
      record.protocol = current_.stream().version;
    }
    record.ended = end.at;
    record.termination = end.termination;
    record.is_reused = current_.is_reused();
    record.bytes_out = end.bytes_out;
    record.bytes_in = end.bytes_in;
    const config::OutlierDetection& rules = current_.backend()->config.outlier_detection;
    if (was_open && rules.enabled) current_.note_verdict(upstream::verdict_of(record, rules));
  }
  current_.release();
}

void Attempts::pass_over() {
  const bool was_stale = current_.is_reused();
  reuse_ = was_stale ? upstream::Reuse::never : upstream::Reuse::allowed;
  if (!was_stale) tried_.push_back(current_.backend());
}

std::span<const observe::AttemptRecord> Attempts::records() const {
  if (count_ > 1) return more_;
  return {&first_, count_};
}

}  // namespace qp::proxy

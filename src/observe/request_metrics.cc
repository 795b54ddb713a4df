#include "observe/request_metrics.h"

namespace qp::observe {

void RequestMetrics::exchange_ended(const ExchangeRecord& record) {
  const AttemptRecord* last = record.last_attempt();
  const uint32_t row = last != nullptr ? backend_row(last->backend_id) : kNoBackendRow;
  shard_.row(Rows::backend, row)
      .add(metric("http_requests_total").at(method_index(record.method), status_index(record.status)));
  process_.add(metric("http_protocol_requests_total").at(protocol_index(record.protocol)));
  process_.observe(metric("http_request_duration_seconds"), record.ended - record.began);
  process_.observe(metric("http_request_size_bytes"), record.bytes_in);
  process_.observe(metric("http_response_size_bytes"), record.bytes_out);
  if (record.quic) process_.observe(metric("quic_rtt_seconds"), record.quic->rtt);
  for (const AttemptRecord& attempt : record.attempts)
    count_attempt(attempt, &attempt != last);
}

void RequestMetrics::count_attempt(const AttemptRecord& attempt, bool was_followed) {
  MetricsRow backend = shard_.row(Rows::backend, backend_row(attempt.backend_id));
  backend.add(metric("backend_requests_total").at(status_index(attempt.status)));
  if (was_followed) backend.add(metric("backend_retries_total").at());
  if (attempt.first_byte != kNever) {
    backend.observe(metric("backend_response_time_seconds"), attempt.first_byte - attempt.began);
  }
}

}  // namespace qp::observe

// From what the workers have kept of sampled requests to the collectors: makes spans of it, once a turn, and
// gives them to one exporter for each endpoint. Control's.
//
//   TraceRing of each worker ─► spans ─► SpanExporter (OTLP)
//                                   └──► SpanExporter (Jaeger)
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/decider.h"
#include "config/config.h"
#include "observe/span.h"
#include "observe/trace_ring.h"
#include "server/span_exporter.h"
#include "server/start.h"

namespace qp::server {

// The endpoints of a configuration, ready to be sent to; none without tracing.
Started<std::vector<SpanExporter::Collector>> make_collectors(const config::Tracing& tracing);

// This process.
observe::SpanSource span_source(const config::Server& server);

class Tracing final : public Decider {
 public:
  struct Parts {
    conn::Reactor& reactor;
    upstream::Pools& pools;
    Log& log;
  };
  // All of them outlive it.
  Tracing(const Parts& parts, observe::SpanSource source, std::vector<SpanExporter::Collector> collectors);

  bool is_on() const { return !exporters_.empty(); }
  // A worker's ring; it outlives the last turn. Without one, that worker traces nothing.
  void add(observe::TraceRing& ring) { rings_.push_back(&ring); }

  // Once a turn: takes what the workers have kept.
  void take();
  // The workers are gone: what is there goes out now, and only once.
  void hurry();
  bool is_idle() const;
  // Lets go of the connections; nothing is taken or sent any more.
  void close();

  bool is_dirty() const override;
  void advance() override;
  void reap() override {}

  const std::vector<std::unique_ptr<SpanExporter>>& exporters() const { return exporters_; }
  // Requests whose traces were lost on the way from the workers.
  uint64_t dropped_requests() const;

 private:
  const observe::SpanSource source_;
  std::vector<std::unique_ptr<SpanExporter>> exporters_;
  std::vector<observe::TraceRing*> rings_;
  std::vector<observe::Span> spans_;  // scratch
};

}  // namespace qp::server

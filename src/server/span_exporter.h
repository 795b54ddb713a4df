// Sends spans to one collector: batch after batch, one at a time, over the connections that control has to
// it. A collector that is slow, away or unwilling costs memory up to a limit, and then spans. Control's.
//
//   add ─► ExportQueue ─► encode ─► Call ─► 2xx: gone   429, 502, 503, 504 or none: again   else: dropped
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/timer_queue.h"
#include "conn/reactor.h"
#include "http/headers.h"
#include "observe/export_queue.h"
#include "observe/span.h"
#include "upstream/call.h"
#include "upstream/pools.h"

namespace qp::server {

// The words of one kind of collector.
struct SpanFormat {
  std::string_view name;  // for logs and metrics
  std::string_view default_path;
  std::string_view content_type;
  std::string (*encode)(const observe::SpanSource& source, std::span<const observe::Span> spans);
};

class SpanExporter final : private upstream::CallOwner, private Timer {
 public:
  struct Collector {
    const SpanFormat& format;
    std::shared_ptr<upstream::Backend> backend;
    std::string path;
    http::Headers fields;  // sent with every batch
    observe::ExportLimits limits;
    Duration timeout{};  // of one request
  };

  // All of them outlive the exporter.
  struct Parts {
    conn::Reactor& reactor;
    upstream::Pools& pools;
    Log& log;
    const observe::SpanSource& source;
  };

  SpanExporter(const Parts& parts, Collector collector);
  SpanExporter(const SpanExporter&) = delete;
  SpanExporter& operator=(const SpanExporter&) = delete;
  ~SpanExporter();

  void add(std::span<const observe::Span> spans);
  // The end is near: everything goes out now, and only once.
  void hurry();

  bool is_dirty() const { return is_dirty_; }
  void advance();

  const observe::ExportQueue& queue() const { return queue_; }
  std::string_view name() const { return collector_.format.name; }
  const std::shared_ptr<upstream::Backend>& backend() const { return collector_.backend; }

 private:
  void call_changed() override { is_dirty_ = true; }
  void due() override { is_dirty_ = true; }
  void send(std::span<const observe::Span> batch);
  void conclude(const upstream::Call::Result& result);
  void tell_of_failure(std::string_view reason, uint16_t status);

  const Parts parts_;
  const Collector collector_;
  observe::ExportQueue queue_;
  upstream::Pool& pool_;
  upstream::Call call_;
  bool is_dirty_ = false;
  bool is_failing_ = false;  // and the log says so
};

}  // namespace qp::server

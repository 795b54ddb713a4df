#include "server/crew.h"

#include <utility>

namespace qp::server {

void Crew::hire(Orders orders, io::Mailbox<ControlMessage>& control, io::LogWriter& writer, Random& random) {
  const auto post = [this](uint32_t worker, WorkerMessage message) {
    if (worker < members_.size()) members_[worker].worker->mailbox().post(std::move(message));
  };
  const auto workers = static_cast<uint32_t>(orders.sockets.size());
  for (uint32_t index = 0; index < workers; ++index) {
    Member member{.ring = std::make_unique<LogRing>(), .traces = nullptr};
    writer.add(*member.ring);
    observe::MetricsShard* metrics = orders.metrics != nullptr ? &orders.metrics->add_worker() : nullptr;
    if (orders.tracing.is_on()) {
      member.traces = std::make_unique<observe::TraceRing>();
      orders.tracing.add(*member.traces);
    }
    member.worker = std::make_unique<Worker>(Worker::Parts{.index = index,
                                                           .workers = workers,
                                                           .sockets = std::move(orders.sockets[index]),
                                                           .snapshot = orders.snapshot,
                                                           .tls = orders.tls,
                                                           .identity = orders.identity,
                                                           .post = post,
                                                           .control = control,
                                                           .log_ring = *member.ring,
                                                           .metrics = metrics,
                                                           .trace_ring = member.traces.get(),
                                                           .seed = random.next()});
    members_.push_back(std::move(member));
  }
}

void Crew::start() {
  for (Member& member : members_)
    member.thread = std::thread([&worker = *member.worker] { worker.run(); });
}

void Crew::join() {
  for (Member& member : members_)
    member.thread.join();
}

size_t Crew::tell_all(const WorkerMessage& message) {
  for (Member& member : members_)
    member.worker->mailbox().post(message);
  return members_.size();
}

}  // namespace qp::server

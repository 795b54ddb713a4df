#include "proxy/health_page.h"

#include <string>

#include "upstream/health_summary.h"

namespace qp::proxy {

std::optional<Reply> health_page(const Snapshot& snapshot, const http::RequestHead& head,
                                 const http::Target& target, const http::Peer& peer, WallTime now,
                                 BlockPool& blocks) {
  if (peer.is_encrypted || !snapshot.config.health.on_fallback || target.path != "/health")
    return std::nullopt;
  if (head.method != "GET" && head.method != "HEAD") return std::nullopt;
  const upstream::HealthSummary summary = upstream::summarise(snapshot.backends);
  const std::string text = summary.to_json(now);

  Reply reply{.head = {.status = summary.http_status(), .fields = {}}, .body = {}};
  reply.head.fields.add(http::Name::content_type, "application/json");
  reply.head.fields.add(http::Name::content_length, std::to_string(text.size()));
  reply.head.fields.add("cache-control", "no-store");
  if (head.method == "GET") reply.body = blocks.copy(text);
  return reply;
}

}  // namespace qp::proxy

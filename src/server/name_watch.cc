#include "server/name_watch.h"

namespace qp::server {

void NameWatch::handle_failure(const upstream::Backend& backend, const char* reason) {
  Trouble& trouble = troubles_[&backend];
  ++trouble.failures;
  if (turn_.now < trouble.remind_at) return;
  trouble.remind_at = turn_.now + kReminder;
  LogLine line = log_.warn("Backend name not resolved");
  line.field("backend", backend.config.name).field("host", backend.config.url.host).field("reason", reason);
  if (trouble.failures > 1) line.field("failures", trouble.failures);
}

void NameWatch::handle_success(const upstream::Backend& backend) {
  const auto trouble = troubles_.find(&backend);
  if (trouble == troubles_.end()) return;
  log_.info("Backend name resolved again")
      .field("backend", backend.config.name)
      .field("host", backend.config.url.host)
      .field("failures", trouble->second.failures);
  troubles_.erase(trouble);
}

}  // namespace qp::server

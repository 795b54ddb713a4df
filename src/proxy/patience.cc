#include "proxy/patience.h"

namespace qp::proxy {

Patience::Moved Patience::look(const http::Pipe& body, Seen& seen) {
  const Moved moved{.has_filled = body.filled() != seen.filled || body.is_ended() != seen.ended,
                    .has_drained = body.taken() != seen.taken};
  seen = {body.filled(), body.taken(), body.is_ended()};
  return moved;
}

void Patience::keep(Wait what, bool is_waiting, bool moved, Duration duration, TimePoint now) {
  if (!is_waiting) {
    deadlines_.clear(what);
  } else if (moved || !deadlines_.is_set(what)) {
    deadlines_.set(what, now + duration);
  }
}

void Patience::watch_request(const http::Pipe& body, Moved moved, Standing standing,
                             const config::RouteTimeouts& timeouts, TimePoint now) {
  if (standing.is_replying) return;
  const bool is_clients_turn = !body.is_ended() && body.ready() == 0;
  keep(Wait::client_body, is_clients_turn, moved.has_filled || moved.has_drained, timeouts.client_body_idle,
       now);
  // The backend takes the body or answers.
  keep(Wait::response_head, standing.is_asking && !is_clients_turn, moved.has_drained,
       timeouts.response_header, now);
}

void Patience::watch_response(const http::Pipe& body, Moved moved, Standing standing,
                              const config::RouteTimeouts& timeouts, TimePoint now) {
  const bool is_backends_turn = standing.is_relaying && !body.is_ended() && body.room() > 0;
  keep(Wait::response_body, is_backends_turn, moved.has_filled, timeouts.response_idle, now);
  const bool is_clients_turn = (standing.is_relaying || standing.is_replying) && body.ready() > 0;
  keep(Wait::client_write, is_clients_turn, moved.has_drained, timeouts.client_write_idle, now);
}

}  // namespace qp::proxy

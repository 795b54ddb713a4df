// How long an exchange waits, and for whom. Once a turn it looks at both bodies: whoever has to move them on
// has a deadline, and each step forward gives it the whole time again.
#pragma once
#include <cstdint>

#include "base/clock.h"
#include "base/deadlines.h"
#include "config/config.h"
#include "http/pipe.h"

namespace qp::proxy {

enum class Wait : uint8_t {
  client_body,    // for more of the request's body
  client_write,   // until the client takes of the response
  response_head,  // for the final head, once the request has gone to the backend
  response_body,  // for more of the response's body
  attempt,        // for the final head, or for the backend to take of a request that is here whole
  pause,          // before a backend is asked once more
  request,        // for the end of it all
  count
};

class Patience {
 public:
  // What is going on: at most one of these.
  struct Standing {
    bool is_asking = false;    // a backend has, or is getting, the request
    bool is_relaying = false;  // a backend's response goes to the client
    bool is_replying = false;  // our own reply does
  };
  // Since the last look.
  struct Moved {
    bool has_filled = false;  // there are more bytes, or the end
    bool has_drained = false;
  };

  Moved look_at_request(const http::Pipe& body) { return look(body, request_); }
  Moved look_at_response(const http::Pipe& body) { return look(body, response_); }

  void watch_request(const http::Pipe& body, Moved moved, Standing standing,
                     const config::RouteTimeouts& timeouts, TimePoint now);
  void watch_response(const http::Pipe& body, Moved moved, Standing standing,
                      const config::RouteTimeouts& timeouts, TimePoint now);
  // Off: no deadline.
  void wait(Wait what, Duration duration, TimePoint now) {
    if (duration != config::kOff) deadlines_.set(what, now + duration);
  }
  void stop(Wait what) { deadlines_.clear(what); }
  void stop() { deadlines_.clear(); }

  TimePoint earliest() const { return deadlines_.earliest(); }
  bool is_over(Wait what, TimePoint now) const { return deadlines_.is_past(what, now); }

 private:
  // What was seen of a pipe at the last look.
  struct Seen {
    uint64_t filled = 0;
    uint64_t taken = 0;
    bool ended = false;
  };
  static Moved look(const http::Pipe& body, Seen& seen);
  // `moved`: a step forward was made.
  void keep(Wait what, bool is_waiting, bool moved, Duration duration, TimePoint now);

  Seen request_;
  Seen response_;
  Deadlines<Wait> deadlines_;
};

}  // namespace qp::proxy

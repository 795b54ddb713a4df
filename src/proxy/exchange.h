// One request and its response: a client's Stream joined to a backend's. Everything it ever does happens in
// advance(), once a turn at most, by looking at the facts on both sides; calling it twice does nothing the
// second time.
//
//   routing ──> waiting ──> streaming ──> done
//      │          │ ^ │         (the head is out: from here on only a reset is honest)
//      │          │ └─┘ another attempt, when that is safe
//      └──────────┴───────> replying ──> done        we answer ourselves
//
// One thread's, like all state of a worker.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/deadlines.h"
#include "base/list.h"
#include "base/timer_queue.h"
#include "http/forwarding.h"
#include "http/pipe.h"
#include "http/rules.h"
#include "http/stream.h"
#include "proxy/affinity.h"
#include "proxy/attempts.h"
#include "proxy/error_status.h"
#include "proxy/generation.h"
#include "proxy/reply.h"

namespace qp::proxy {

class Exchanges;
struct DirtyExchanges;
struct DoneExchanges;

class Exchange final : public http::StreamOwner,
                       public upstream::AttemptOwner,
                       public ListNode<DirtyExchanges>,
                       public ListNode<DoneExchanges>,
                       public Timer {
 public:
  enum class Phase : uint8_t { routing, waiting, streaming, replying, done };

  // `client` has just been accepted; the exchange attaches to it and stays until it is done.
  Exchange(Exchanges& home, http::Stream& client, Generation& generation);
  ~Exchange();

  void advance(const Turn& turn);

 private:
  enum class Wait : uint8_t { client_body, client_write, response_head, response_body, request, count };

  // What was seen of a pipe at the last look.
  struct Watched {
    uint64_t filled = 0;
    uint64_t taken = 0;
    bool ended = false;
  };

  void changed(http::Stream&) override { mark(); }
  void changed(upstream::Attempt&) override { mark(); }
  void due() override { mark(); }
  void mark();

  void refuse(const http::Answer& refusal);
  void take_head();
  void route(const Turn& turn);
  void name_request();
  void connect();
  void wait();
  void begin_sending();
  void forward_interim();
  void respond();
  void stick(http::ResponseHead& head) const;
  void attempt_failed(Error error, Stage stage);
  void stream();
  void move_bodies(const Turn& turn);
  void watch_request(const Turn& turn);
  void watch_response(const Turn& turn);
  void check_deadlines(const Turn& turn);

  // Answers with an error of our own.
  void answer(uint16_t status, std::string_view proxy_error, std::string_view details);
  void reply(Reply reply);
  // Answers where that is still possible, breaks off where not.
  void give_up(uint16_t status, std::string_view proxy_error, std::string_view details,
               std::string_view termination);
  void break_off(Origin whose, std::string_view termination);
  // Ends the attempt under way; `termination` is the word for its failure, if it has one.
  void drop_server(std::string_view termination = {});
  void finish();
  void tell_observers() const;

  const Snapshot& snapshot() const;
  const config::RouteTimeouts& timeouts() const;
  RequestView view() const;
  http::ResponseFacts response_facts() const;
  std::string_view accept() const;
  std::string_view alt_svc() const;
  std::string_view date() const;

  Exchanges& home_;
  Generation& generation_;
  http::Stream* client_;            // null once detached
  http::Stream* server_ = nullptr;  // the current attempt's, from begin_sending() to drop_server()
  const Route* route_ = nullptr;
  upstream::Cluster* cluster_ = nullptr;
  std::unique_ptr<http::RequestHead> head_;  // as it goes to backends; null before routing
  http::Target target_;                      // what the client asked for: as routes saw it,
  std::string uri_;                          // and as it was written
  http::Client requester_;
  Affinity affinity_;
  std::string request_id_;
  Attempts attempts_;
  http::Pipe request_;
  http::Pipe response_;
  Watched seen_request_;
  Watched seen_response_;
  Deadlines<Wait> deadlines_;
  std::string_view termination_ = "ok";
  Turn began_;
  TimePoint responded_at_ = kNever;  // the final head went out
  uint16_t status_ = 0;              // sent to the client; 0 while none was
  Phase phase_ = Phase::routing;
};

}  // namespace qp::proxy

// One request and its response: a client's Stream joined to a backend's. Everything it ever does happens in
// advance(), once a turn at most, by looking at the facts on both sides; calling it twice does nothing the
// second time.
//
//   routing ──> waiting ──> streaming ──> done
//      │          │ ^ │         (the head is out: from here on only a reset is honest)
//      │          │ └─┘ another attempt, at once or after a pause, when that is safe (retry.h)
//      └──────────┴───────> replying ──> done        we answer ourselves
//
// One thread's, like all state of a worker.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/list.h"
#include "base/timer_queue.h"
#include "http/pipe.h"
#include "http/rules.h"
#include "http/stream.h"
#include "proxy/affinity.h"
#include "proxy/attempts.h"
#include "proxy/error_status.h"
#include "proxy/generation.h"
#include "proxy/patience.h"
#include "proxy/reply.h"
#include "proxy/request.h"
#include "proxy/retry_budget.h"

namespace qp::proxy {

class Exchanges;
struct DirtyExchanges;
struct DoneExchanges;
struct Refusal;

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
  void changed(http::Stream&) override { mark(); }
  void changed(upstream::Attempt&) override { mark(); }
  void due() override { mark(); }
  void mark();

  void refuse(const http::Answer& refusal);
  void route(const Turn& turn);

  void ask();
  bool connect();
  void time_attempt();
  void wait();
  void begin_sending();
  void forward_interim();
  void handle_response();
  void respond();
  void stick(http::ResponseHead& head) const;

  // The attempt under way came to nothing.
  void attempt_failed(const Error& error, Stage stage);
  // Takes its part of the budget.
  bool may_try_again(config::RetryOn reason);
  bool try_again(config::RetryOn reason);

  void stream();
  void move_bodies(const Turn& turn);
  void check_deadlines(const Turn& turn);
  void handle_deadline(const Turn& turn);

  // Answers with an error of our own.
  void answer(const Refusal& refusal);
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
  http::ResponseFacts response_facts() const;
  std::string_view alt_svc() const;
  std::string_view date() const;
  TimePoint now() const;

  Exchanges& home_;
  Generation& generation_;
  http::Stream* client_;            // null once detached
  http::Stream* server_ = nullptr;  // the current attempt's, from begin_sending() to drop_server()
  const Route* route_ = nullptr;
  upstream::Cluster* cluster_ = nullptr;
  Request request_;
  Affinity affinity_;
  Attempts attempts_;
  RetryBudget::Share retries_;
  http::Pipe request_body_;
  http::Pipe response_body_;
  Patience patience_;
  std::string_view termination_ = "ok";
  Turn began_;
  TimePoint responded_at_ = kNever;  // the final head went out
  uint16_t status_ = 0;              // sent to the client; 0 while none was
  bool is_retry_denied_ = false;
  Phase phase_ = Phase::routing;
};

}  // namespace qp::proxy

// A request of our own and its response, on the same pools and streams that clients' requests use: what
// health checks ask and exporters send.
//
//   begin ─► connecting ─► asking ─► result       failed, or too late: a result too
//
// The body of a success is read up to a limit and thrown away, that of any other response not waited for;
// unless the request wants to keep a body's beginning, which is waited for then. One call at a time.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "conn/reactor.h"
#include "http/pipe.h"
#include "http/stream.h"
#include "upstream/attempt.h"
#include "upstream/pool.h"

namespace qp::upstream {

class CallOwner {
 public:
  // "Look at me this turn": marks, and does nothing else.
  virtual void call_changed() = 0;

 protected:
  ~CallOwner() = default;
};

// Scheme and authority are those of the backend's URL, and the length of a body is told.
struct CallRequest {
  http::RequestHead head;
  std::string body;
  uint64_t kept_bytes_max = 0;  // of the response's body, whatever its status
};

class Call final : private AttemptOwner, private http::StreamOwner {
 public:
  using Request = CallRequest;
  struct Result {
    std::unique_ptr<http::ResponseHead> response;  // null: there was none
    std::string body;                              // as much of the response's as was to be kept
    std::optional<Error> failure;                  // none: there is a response, or a connection
  };

  // All of them outlive the call.
  Call(CallOwner& owner, Pool& pool, conn::Reactor& reactor)
      : owner_(owner), pool_(pool), reactor_(reactor) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() { let_go(); }

  // Nothing is under way. Without a request all it does is to connect. Ask advance() this turn: it may have
  // failed at once.
  void begin(std::optional<Request> request, Reuse reuse, TimePoint deadline);
  bool is_under_way() const { return attempt_.state() != Attempt::State::none; }
  TimePoint deadline() const { return deadline_; }
  // The result, once; the call is over then.
  std::optional<Result> advance();

  // Of a response's body that is not kept; more of it is not waited for.
  static constexpr uint64_t kBodyBytesMax = 64 * 1024;

 private:
  void changed(Attempt&) override { owner_.call_changed(); }
  void changed(http::Stream&) override { owner_.call_changed(); }
  std::optional<Result> look();
  std::optional<Result> look_at_response();
  void take_body();
  void ask();
  void let_go();

  CallOwner& owner_;
  Pool& pool_;
  conn::Reactor& reactor_;
  Attempt attempt_{*this};
  http::Stream* stream_ = nullptr;  // once asked
  std::optional<Request> request_;
  std::optional<http::Pipe> sent_;      // the request's body
  std::optional<http::Pipe> received_;  // the response's
  std::string kept_;                    // of it
  TimePoint deadline_ = kNever;
};

}  // namespace qp::upstream

// One try to have a request served by one backend: it waits for a connection, then lends a stream of it until
// release.
//
//   none ─► waiting ─► open           open() may reach `open` or `failed` at once
//              └─────► failed         release() leads back to none from everywhere
//
// Facts for retries: a failed attempt never sent a byte, so any request may be tried elsewhere. A fault of
// the stream when is_reused() and nothing came back is most likely a connection that the backend had closed
// meanwhile.
#pragma once
#include <cassert>
#include <cstdint>

#include "base/address.h"
#include "base/list.h"
#include "base/timer_queue.h"
#include "http/stream.h"
#include "upstream/backend.h"

namespace qp::upstream {

class Attempt;
class Pool;
struct WaitingAttempts;
enum class AttemptVerdict : uint8_t;

// Which connections will do.
enum class Reuse : uint8_t {
  allowed,
  never,  // only a new one: after one that had been idle turned out to be dead
};

// Which limits of a pool count.
enum class Try : uint8_t {
  first,
  again,  // of a request that failed elsewhere: retries_max too
};

// "Look at me this turn": the attempt is open or failed. Marks, and does nothing else. It is not called for
// what Cluster::open reached before it returned.
class AttemptOwner {
 public:
  virtual void changed(Attempt& attempt) = 0;

 protected:
  ~AttemptOwner() = default;
};

class Attempt : public ListNode<WaitingAttempts>, private Timer {
 public:
  enum class State : uint8_t { none, waiting, open, failed };

  explicit Attempt(AttemptOwner& owner) : owner_(owner) {}
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  ~Attempt() { release(); }

  State state() const { return state_; }
  // Open: attach to it, then send. Valid until release, even if the connection dies.
  http::Stream& stream() const {
    assert(state_ == State::open);
    return *stream_;
  }
  // Failed: refused, unreachable, timed_out, tls (nobody there), exhausted (of origin self: our own limits;
  // of upstream: it went out of service meanwhile).
  const Error& error() const {
    assert(state_ == State::failed);
    return error_;
  }
  // The backend that was chosen last; null while none was. Stays after release, and valid as long as a
  // snapshot names the backend.
  const Backend* backend() const { return backend_; }
  // The connection had served other requests before.
  bool is_reused() const { return is_reused_; }
  TimePoint began_at() const { return began_at_; }  // Cluster::open
  TimePoint ended_at() const { return ended_at_; }  // open or failed: the difference was spent on waiting

  // The final head of the response came: the time since ended_at() is what the backend took.
  void note_answer(TimePoint now);

  // What came of it, for the address where it was open: who fails in a row rests.
  void note_verdict(AttemptVerdict verdict);

  // The exchange needs the stream no more: the connection goes back to its pool, if it may serve again.
  // Before that the request was sent whole, or the stream was reset. A waiting attempt gives up its place.
  void release();

 private:
  friend class Pool;
  friend class Cluster;
  void due() override;  // Timer: there was no connection in time

  AttemptOwner& owner_;
  http::Stream* stream_ = nullptr;
  const Backend* backend_ = nullptr;
  Pool* pool_ = nullptr;  // outlives the attempt's interest in it
  Address address_;       // once open; unset for a socket in the file system
  Error error_{};
  TimePoint began_at_{};
  TimePoint ended_at_{};
  TimePoint deadline_ = kNever;
  State state_ = State::none;
  bool is_reused_ = false;
  bool is_answered_ = false;
  Try nth_ = Try::first;
  Reuse reuse_ = Reuse::allowed;
};

}  // namespace qp::upstream

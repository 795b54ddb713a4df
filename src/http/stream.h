// The seam of the house: one request/response slot on one wire, whatever the wire. Each codec implements
// Stream, once, for both roles; the Exchange joins a client Stream to an upstream Stream and knows nothing of
// either wire.
//
// A Stream is owned by its codec. It lives at least until its owner has detached from it *and* the wire is
// done with it; until the owner detaches, `in` stays readable even though the connection below is gone.
#pragma once
#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "http/answer.h"
#include "http/message.h"
#include "http/peer.h"
#include "http/pipe.h"

namespace qp::http {

class Stream;

// "Look at me this turn." Called by a codec whenever a fact in `in` or the room of a pipe has changed. It
// marks the owner for the next advance and does nothing else: it may be called from the depth of a parser.
class StreamOwner {
 public:
  virtual void changed(Stream& stream) = 0;

 protected:
  ~StreamOwner() = default;
};

// Told of a new request when its head is complete or refused: stream.in.request is set. It attaches an owner
// and a body pipe before it returns.
class StreamAcceptor {
 public:
  virtual void accept(Stream& stream) = 0;

 protected:
  ~StreamAcceptor() = default;
};

// What this wire has learned of its peer's message. Facts only grow: each goes from absent to present once.
struct Inbound {
  std::unique_ptr<RequestHead> request;  // server role: the request's head
  // Server role: the request can't be taken and should be answered like this, as long as that is possible. Of
  // its head there is what could be read, which may be nothing, and no more of it will come.
  std::optional<Answer> refusal;
  std::unique_ptr<ResponseHead> response;  // client role: the final head
  std::vector<ResponseHead>
      interim;                 // client role: 1xx heads in order of arrival; the owner may take them out
  bool ended = false;          // the message is complete, trailers included
  std::optional<Error> fault;  // nothing more will come, and nothing more can be sent
};

// Why a stream is stopped early; each wire has its own number for it (RFC 9114 §8.1, RFC 9113 §7).
enum class Reason : uint8_t {
  cancelled,       // nobody wants the answer any more
  rejected,        // not processed at all: safe to repeat elsewhere
  malformed,       // the peer's message breaks the rules
  internal,        // we can't go on, e.g. the other side of the exchange broke off
  excessive_load,  // the peer makes us work for nothing
};

class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Client role. `body` is pulled at flush until it is finished; null: the message ends with its head. Both
  // stay valid until the body was taken whole, or reset(), or a fault, or detach().
  virtual void send_head(const RequestHead& head, Pipe* body) = 0;
  // Server role. Interim heads (1xx) may come first, with a null body, which does not end the message then.
  virtual void send_head(const ResponseHead& head, Pipe* body) = 0;
  // The body pipe has bytes or an end.
  virtual void wake() = 0;
  // The peer may send that many body bytes more (RFC 9000 §4; on TCP: there is room in `body` again).
  virtual void credit(uint64_t bytes) = 0;
  // Stops both directions at once; idempotent. What was taken but not yet delivered may be lost.
  virtual void reset(Reason reason) = 0;

  void attach(StreamOwner& owner, Pipe& body) {
    owner_ = &owner;
    body_ = &body;
    handle_attached();
  }
  // The owner takes no more notice. What the wire has taken is still delivered. Before this, the outgoing
  // body was finished or the stream was reset. If the peer's message is not over yet, the codec refuses the
  // rest of it by itself, without harm to what was sent (h3: STOP_SENDING with H3_NO_ERROR; h1: the
  // connection closes after it).
  void detach() {
    owner_ = nullptr;
    body_ = nullptr;
    handle_detached();
  }

  Inbound in;

  // What the wire knows of itself, for logs and forwarding fields; set before accept, or by the connection
  // that opened it.
  Version version = Version::h1_1;
  const Peer* peer = nullptr;  // valid until detach

 protected:
  ~Stream() = default;
  virtual void handle_attached() {}
  virtual void handle_detached() = 0;

  void tell_owner() {
    if (owner_ != nullptr) owner_->changed(*this);
  }
  bool has_owner() const { return owner_ != nullptr; }
  Pipe* body() const { return body_; }  // where incoming body bytes go

 private:
  StreamOwner* owner_ = nullptr;
  Pipe* body_ = nullptr;
};

}  // namespace qp::http

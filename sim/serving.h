// One request in the hands of a backend's application.
//
//   thinking ──> answering ──> waiting for the wire to take it all ──> over
#pragma once
#include <memory>
#include <optional>

#include "body.h"
#include "http/pipe.h"
#include "http/stream.h"
#include "ledger.h"
#include "outside.h"

namespace qp::sim {

class Backend;

// What a backend does to a request.
enum class Mood : uint8_t {
  good,
  slow,        // trickles
  lazy,        // leaves the request's body lying for a while
  early,       // answers before it has read the request
  breaks_off,  // before its head
  breaks_off_within,
  hangs,         // never says a word
  hangs_within,  // falls silent in the middle of its body
};

class Serving final : public Party, public http::StreamOwner {
 public:
  Serving(Backend& backend, http::Stream& stream, Case& one);
  ~Serving() override = default;

  void advance() override;

 private:
  void changed(http::Stream&) override { mark(); }
  Answer plan();
  void read();
  void send_head();
  void write();
  void finish();

  Backend& backend_;
  http::Stream& stream_;
  Case& case_;
  Mood mood_ = Mood::good;
  uint64_t breaks_at_ = UINT64_MAX;  // bytes of the answer's body
  Answer answer_;
  size_t place_ = 0;
  http::Pipe request_{32 * 1024};
  http::Pipe response_{32 * 1024};
  BodyReader reader_;
  std::optional<BodyWriter> writer_;  // once the head was sent
  TimePoint reads_at_;
  TimePoint speaks_at_;
  bool has_noted_end_ = false;
};

}  // namespace qp::sim

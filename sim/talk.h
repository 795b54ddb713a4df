// One request as its client lives it: body out, answer in, each byte compared.
#pragma once
#include <string>

#include "body.h"
#include "http/pipe.h"
#include "http/stream.h"
#include "ledger.h"
#include "outside.h"
#include "wire.h"

namespace qp::sim {

class Talk final : public http::StreamOwner {
 public:
  Talk(Outside& outside, Party& client, Ledger& ledger, Wire& wire, http::Stream& stream, Case& one);

  // Does what can be done now; false when it is over, and the stream is let go.
  bool go_on();
  std::string state() const;  // for the trace
  // When it wants to be asked again although nothing has happened.
  TimePoint wakes_at() const { return reads_at_ > outside_.now() ? reads_at_ : kNever; }

 private:
  void changed(http::Stream&) override { client_.mark(); }
  void send();
  bool receive();
  bool leave();

  Outside& outside_;
  Party& client_;
  Ledger& ledger_;
  Wire& wire_;
  http::Stream& stream_;
  Case& case_;
  http::Pipe request_{32 * 1024};
  http::Pipe response_{32 * 1024};
  BodyWriter writer_;
  BodyReader reader_;
  const Answer* answer_ = nullptr;
  bool has_head_ = false;
  TimePoint reads_at_;
};

}  // namespace qp::sim

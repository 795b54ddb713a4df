// Clients that keep so many requests under way on so many connections until a number of them was answered.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "conn/quic_router.h"
#include "conn/tcp_connection.h"
#include "load/machine.h"
#include "load/talk.h"
#include "server/backend_codecs.h"

namespace qp::load {

struct Plan {
  std::string host = "127.0.0.1";
  uint16_t port = 0;
  bool is_h3 = false;
  uint32_t connections = 1;
  uint32_t streams = 1;   // requests under way on each
  uint64_t requests = 1;  // in all
  uint64_t requests_per_connection = UINT64_MAX;
  uint64_t upload_bytes = 0;  // more than none: POST
  std::string path = "/";
  std::string congestion = "bbr";
};

struct Tally {
  uint64_t begun = 0;
  uint64_t answered = 0;
  uint64_t failed = 0;
  uint64_t bytes = 0;  // of bodies, both ways
};

class Client final {
 public:
  // Ends the program when there can be no such client.
  Client(Machine& machine, Plan plan);
  ~Client();

  bool is_over() const { return has_left_; }
  bool ingest() { return router_ && router_->receive_more(); }
  bool go_on();
  void flush() {
    if (router_) router_->flush();
  }
  const Tally& tally() const { return tally_; }

 private:
  class Line;
  class Question;

  void finish(Question& question);
  void leave();

  Machine& machine_;
  const Plan plan_;
  const Address remote_;
  Tally tally_;
  DirtyList dirty_;
  server::BackendCodecs codecs_;
  conn::TcpOptions tcp_;
  conn::ClientLimits limits_{0, 0};
  conn::QuicIdentity identity_{transport::Secret::random()};
  std::unique_ptr<conn::QuicRouter> router_;
  bool has_left_ = false;                     // everything was answered, and every connection closed
  std::vector<std::unique_ptr<Line>> lines_;  // behind the router and the options, which they use
};

}  // namespace qp::load

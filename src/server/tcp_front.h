// Clients over TCP on one worker: a listening socket and the connections that came in through it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/list.h"
#include "base/slab.h"
#include "base/timer_queue.h"
#include "codec/h1_codec.h"
#include "conn/client_limits.h"
#include "conn/codec_factory.h"
#include "conn/tcp_connection.h"
#include "http/stream.h"
#include "io/event_loop.h"
#include "io/socket.h"

namespace qp::server {

struct OpenClients;

class TcpFront final : private io::EventHandler, private conn::CodecFactory, private Timer {
 public:
  struct Parts {
    conn::Reactor& reactor;
    http::StreamAcceptor& acceptor;
    conn::ClientLimits& limits;
    conn::TcpOptions options;  // role and codecs are set here
    codec::H1Settings h1;
  };
  TcpFront(const Parts& parts, io::Fd listener);
  ~TcpFront();

  // Goes on accepting where the last turn stopped; true if it stopped again.
  bool accept_more();
  bool has_waiting() const { return has_waiting_; }
  // Takes no new connection; those that are there finish what they do.
  void drain();
  void close_all();
  // For connections to come; nothing changes where there is no TLS.
  void set_tls(std::shared_ptr<const transport::TlsContext> tls);

  // Of the connections that are there, the newest first, at most so many.
  void visit_newest(size_t count_max, const std::function<void(const conn::TcpConnection&)>& visitor) const;

  bool is_encrypted() const { return parts_.options.tls != nullptr; }
  size_t live() const { return slab_.live(); }
  uint64_t accepted() const { return accepted_; }
  uint64_t refused() const { return refused_; }

 private:
  struct Client;

  void handle_events(io::Events events, const Turn& turn) override;
  std::unique_ptr<codec::Codec> make_codec(std::string_view alpn, codec::CodecOwner& owner,
                                           const http::Peer& peer, conn::Reactor& reactor) override;
  void due() override { has_waiting_ = true; }
  void admit(io::Accepted accepted);

  Parts parts_;
  io::Fd listener_;
  Slab<Client> slab_;
  List<Client, OpenClients> clients_;  // newest first
  uint64_t accepted_ = 0;
  uint64_t refused_ = 0;
  bool has_waiting_ = false;  // connections that accept_more() has not fetched yet
};

}  // namespace qp::server

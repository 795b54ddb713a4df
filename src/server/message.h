// What control and workers tell each other, by mailbox. A message is a value; nothing in it is shared but
// what never changes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "admin/connections.h"
#include "base/address.h"
#include "proxy/snapshot.h"
#include "upstream/backend.h"

namespace qp::server {

// A QUIC datagram that reached another worker than the one whose number its connection ID bears.
struct ForwardedDatagram {
  std::vector<unsigned char> bytes;
  Address local;
  Address remote;
  uint8_t ecn = 0;
};

struct Install {  // serve new requests by this, and new connections
  std::shared_ptr<const proxy::Snapshot> snapshot;
  std::shared_ptr<const transport::TlsContext> tls = nullptr;  // null: as before
};

struct Addresses {  // of a name, as far as they are known to be well
  std::shared_ptr<const upstream::Backend> backend;
  std::shared_ptr<const upstream::AddressList> addresses;
};

struct StandingChanged {  // of a backend that control has marked
  std::shared_ptr<const upstream::Backend> backend;
};

struct ListConnections {  // answered by ConnectionsListed
  uint64_t question = 0;
  admin::ConnectionQuery query;
};

struct Drain {};  // take nothing new, finish what is under way, then end
struct Stop {};   // end now

using WorkerMessage =
    std::variant<ForwardedDatagram, Install, Addresses, StandingChanged, ListConnections, Drain, Stop>;

struct WorkerEnded {
  uint32_t worker = 0;
};

// Puts a message into the mailbox of the worker with that number.
using PostToWorker = std::function<void(uint32_t worker, WorkerMessage message)>;

struct BackendFails {  // several attempts in a row, as one worker sees it
  uint32_t backend_id = 0;
};

struct RingWaiting {};  // a worker's ring of log lines or of traces is half full

struct ConnectionsListed {
  uint64_t question = 0;
  admin::ConnectionList list;
};

using ControlMessage = std::variant<WorkerEnded, BackendFails, RingWaiting, ConnectionsListed>;

}  // namespace qp::server

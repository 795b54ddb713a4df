// The connections of one worker's clients, put into words for operators.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "admin/connections.h"
#include "base/clock.h"
#include "conn/quic_router.h"
#include "server/tcp_front.h"

namespace qp::server {

struct ClientListSource {
  uint32_t worker;
  const conn::QuicRouter* quic;  // null: there is none
  const std::vector<std::unique_ptr<TcpFront>>& fronts;
  TimePoint now;
};
// Costs what is listed, not what is there.
admin::ConnectionList list_clients(const ClientListSource& source, const admin::ConnectionQuery& query);

}  // namespace qp::server

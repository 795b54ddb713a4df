#include "proxy/request.h"

#include <fmt/format.h>

#include <utility>

namespace qp::proxy {

namespace {

constexpr std::string_view kRequestId = "x-request-id";

}  // namespace

void Request::take_head(http::Stream& from) {
  head = std::move(from.in.request);
  uri = head->path;
}

void Request::name(Random& random) {
  if (client.is_behind_trusted) id = head->fields.find(kRequestId).value_or("");
  if (id.empty()) id = fmt::format("{:016x}", random.next());
  head->fields.set(kRequestId, id);
}

std::string_view Request::accept() const {
  return head != nullptr ? head->fields.find(http::Name::accept).value_or("") : std::string_view();
}

RequestView Request::view() const {
  return {.method = head->method, .uri = uri, .target = target, .client = client};
}

void Request::describe(const http::Stream& from, observe::ExchangeRecord& record) const {
  const http::Peer& peer = *from.peer;
  record.peer_ip = peer.address;
  record.client_ip = client.address.empty() ? peer.address : client.address;
  record.client_port = peer.port;
  record.protocol = from.version;
  record.tls_version = peer.tls_version;
  record.tls_cipher = peer.cipher;
  record.server_name = peer.server_name;
  if (from.version == http::Version::h3) {
    record.quic = {.rtt = peer.smoothed_rtt, .packets_lost = peer.packets_lost};
  }
  record.request_id = id;
  record.scheme = client.scheme;
  record.path = uri;
  if (head == nullptr) return;
  record.trace = trace.context(head->fields);
  record.method = head->method;
  record.sent_path = head->path;
  record.host = target.authority.host;
  record.port = target.authority.port;
  record.referer = head->fields.find("referer").value_or("");
  record.user_agent = head->fields.find(http::Name::user_agent).value_or("");
}

}  // namespace qp::proxy

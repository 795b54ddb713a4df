#include "support/quic_link.h"

#include <algorithm>
#include <cassert>

namespace qp::test {
namespace {

constexpr int kEventsMax = 2'000'000;

Address address_of(std::string_view ip, uint16_t port) {
  return Address::parse(ip, port).value();
}

}  // namespace

QuicLink::QuicLink(uint64_t seed)
    : client_address(address_of("10.0.0.1", 40000)),
      server_address(address_of("10.0.0.2", 443)),
      client(seed * 2),
      server(seed * 2 + 1),
      client_local_(client_address),
      random_(seed) {
  const Certificates::Files files = certificates.make({"example.com", "*.example.com"});
  transport::TlsServerSettings serving;
  serving.certificates.push_back({files.cert_file, files.key_file});
  server_tls = transport::TlsContext::make_server(serving).value();
  transport::TlsClientSettings trusting;
  trusting.ca_file = certificates.ca_file();
  client_tls = transport::TlsContext::make_client(trusting).value();
}

QuicLink::~QuicLink() {
  client.session.reset();
  server.session.reset();
}

void QuicLink::connect(std::string_view server_name) {
  client.session = transport::QuicSession::connect({client, client, client, *client_tls, client_settings,
                                                    client_local_, server_address, now},
                                                   server_name)
                       .value();
}

bool QuicLink::shake_hands() {
  connect();
  return run_until([this] { return client.is_handshake_completed && server.is_handshake_completed; });
}

bool QuicLink::run_until(const std::function<bool()>& is_done, Duration limit) {
  const TimePoint end = now + limit;
  for (int event = 0; event < kEventsMax; ++event) {
    flush(client);
    flush(server);
    if (is_done()) return true;
    const TimePoint next = next_event();
    if (next > end) {
      now = end;
      return false;
    }
    now = std::max(now, next);
    while (!under_way_.empty() && under_way_.begin()->first <= now) {
      Datagram datagram = std::move(under_way_.begin()->second);
      under_way_.erase(under_way_.begin());
      deliver(datagram);
    }
    expire(client);
    expire(server);
  }
  return false;
}

void QuicLink::run_for(Duration duration) {
  run_until([] { return false; }, duration);
}

TimePoint QuicLink::next_event() const {
  TimePoint next = under_way_.empty() ? kNever : under_way_.begin()->first;
  if (client.session != nullptr) next = std::min(next, client.session->deadline());
  if (server.session != nullptr) next = std::min(next, server.session->deadline());
  return next;
}

void QuicLink::expire(QuicPeer& peer) {
  if (peer.session == nullptr || peer.session->deadline() > now) return;
  if (auto expired = peer.session->expire(now); !expired)
    (&peer == &client ? client_end : server_end) = expired;
}

void QuicLink::note_end(QuicPeer& peer, const Result<>& result) {
  Result<>& end = &peer == &client ? client_end : server_end;
  if (end) end = result;
}

void QuicLink::flush(QuicPeer& peer) {
  if (peer.session == nullptr) return;
  peer.consume();
  std::string buffer(64 * 1024, '\0');
  const std::span<unsigned char> out(reinterpret_cast<unsigned char*>(buffer.data()), buffer.size());
  for (;;) {
    const transport::Outgoing batch = peer.session->write(out, now);
    if (batch.bytes == 0) return;
    assert(batch.segment_bytes > 0);
    (&peer == &client ? client_batches : server_batches).push_back(batch);
    for (size_t at = 0; at < batch.bytes; at += batch.segment_bytes) {
      post(&peer == &client ? server : client, batch,
           buffer.substr(at, std::min(batch.segment_bytes, batch.bytes - at)));
    }
  }
}

void QuicLink::post(QuicPeer& to, const transport::Outgoing& batch, std::string bytes) {
  if (bytes.size() > network.datagram_bytes_max) return;
  TimePoint& free_at = link_free_at_[&to == &client ? 0 : 1];
  free_at = std::max(free_at, now);
  if (network.bytes_per_second > 0) {
    free_at += std::chrono::nanoseconds(bytes.size() * 1'000'000'000 / network.bytes_per_second);
  }
  if (random_.below(100) < network.loss_percent) return;
  if (random_.below(100) < network.corrupt_percent) {
    char& byte = bytes[random_.below(static_cast<uint32_t>(bytes.size()))];
    byte = static_cast<char>(byte ^ (1 + random_.below(255)));
  }
  // The NAT: whatever the client thinks its address is, the server sees client_address.
  const Address source = &to == &server ? client_address : server_address;
  const int copies = random_.below(100) < network.duplicate_percent ? 2 : 1;
  for (int copy = 0; copy < copies; ++copy) {
    TimePoint arrival = free_at + network.latency;
    if (network.jitter > Duration::zero()) {
      arrival += Duration(random_.below(static_cast<uint32_t>(network.jitter.count())));
    }
    under_way_.emplace(arrival, Datagram{&to, source, batch.remote, bytes,
                                         static_cast<uint8_t>(batch.ecn & network.ecn_mask)});
  }
}

void QuicLink::inject(QuicPeer& to, std::string datagram) {
  const bool is_to_client = &to == &client;
  Datagram forged{&to, is_to_client ? server_address : client_address,
                  is_to_client ? client_address : server_address, std::move(datagram), 0};
  deliver(forged);
}

void QuicLink::deliver(Datagram& datagram) {
  const bool is_to_client = datagram.to == &client;
  if (is_to_client && !(datagram.destination == client_address)) return;  // the NAT has forgotten it
  if (!is_to_client && server.session == nullptr) return admit(datagram);
  QuicPeer& peer = *datagram.to;
  ++datagrams_delivered;
  const std::span<unsigned char> bytes(reinterpret_cast<unsigned char*>(datagram.bytes.data()),
                                       datagram.bytes.size());
  const Address& local = is_to_client ? client_local_ : server_address;
  note_end(peer, peer.session->handle(bytes, local, datagram.source, datagram.ecn, now));
}

// What a router does with the first packets of a connection.
void QuicLink::admit(Datagram& datagram) {
  const std::span<unsigned char> bytes(reinterpret_cast<unsigned char*>(datagram.bytes.data()),
                                       datagram.bytes.size());
  const auto ids = transport::decode_packet_ids(bytes, QuicPeer::kIdBytes);
  if (!ids || !ids->is_initial) return;
  const WallTime wall(now.time_since_epoch());
  const transport::TokenSeal::Opened opened = seal.open(*ids, datagram.source, wall);
  if (admission == Admission::retry && opened.verdict != transport::TokenSeal::Verdict::retry) {
    return send_retry(*ids, datagram.source);
  }
  const transport::QuicAccept accept{
      .version = ids->version,
      .client_id = transport::ConnectionId(ids->source),
      .first_id = transport::ConnectionId(ids->destination),
      .original_id = opened.original_id,
      .token = ids->token,
      .is_address_validated = opened.verdict == transport::TokenSeal::Verdict::retry};
  server.session = transport::QuicSession::accept({server, server, server, *server_tls, server_settings,
                                                   server_address, datagram.source, now},
                                                  accept)
                       .value();
  deliver(datagram);
}

void QuicLink::send_retry(const transport::PacketIds& ids, const Address& to) {
  std::array<unsigned char, transport::TokenSeal::kBytesMax> token;
  std::array<unsigned char, 1200> packet;
  const std::array<unsigned char, QuicPeer::kIdBytes> retry_bytes = {1, 2, 3, 4, 5, 6, 7, 8};
  const transport::ConnectionId retry_id(retry_bytes);
  const size_t token_bytes =
      seal.seal_retry(token, ids.version, to, retry_id, transport::ConnectionId(ids.destination),
                      WallTime(now.time_since_epoch()));
  const size_t bytes =
      transport::write_retry(packet, ids, retry_id, transport::Bytes(token).first(token_bytes));
  ++retries_sent;
  post(client, {.bytes = bytes, .segment_bytes = bytes, .ecn = 0, .local = server_address, .remote = to},
       std::string(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(bytes)));
}

}  // namespace qp::test

#include "transport/quic_settings.h"

#include <algorithm>

#include "transport/quic_packet.h"
#include "transport/quic_path.h"

namespace qp::transport {
namespace {

// An immediate ACK after so many packets; fewer than that are acknowledged when something else is sent, or
// after max_ack_delay. A tenth of the packets, not half of them, is what a receiver of bulk data should
// spend.
constexpr size_t kAckThreshold = 10;
// Suspicious frames (far-off offsets, retired IDs, empty packets): a burst and then so many a second, or it
// is over.
constexpr uint64_t kGlitchesBurst = 1000;
constexpr uint64_t kGlitchesPerSecond = 33;
// Control and QPACK streams of HTTP/3, and a few that a client may grease.
constexpr uint64_t kUnidirectionalStreamsMax = 16;
// IDs that we remember of a peer: one in use, and some for its next paths.
constexpr uint64_t kPeerIdsMax = 4;

// Payloads that common links let through: Ethernet, PPPoE and tunnels over them, IPv6's least.
constexpr std::array<uint16_t, 4> kLinkPayloads = {1452, 1404, 1342, 1232};

ngtcp2_cc_algo algorithm_of(Congestion congestion) {
  switch (congestion) {
    case Congestion::bbr: return NGTCP2_CC_ALGO_BBR;
    case Congestion::cubic: return NGTCP2_CC_ALGO_CUBIC;
    case Congestion::reno: return NGTCP2_CC_ALGO_RENO;
  }
  return NGTCP2_CC_ALGO_BBR;
}

}  // namespace

QuicProposal::QuicProposal(const QuicSettings& wanted, uint32_t chosen_version, TimePoint now)
    : versions_{chosen_version, chosen_version == kQuicV1 ? kQuicV2 : kQuicV1} {
  ngtcp2_settings_default(&settings);
  settings.initial_ts = timestamp_of(now);
  settings.cc_algo = algorithm_of(wanted.congestion);
  settings.handshake_timeout = duration_of(wanted.handshake_timeout);
  settings.max_window = wanted.connection_window_bytes_max;
  settings.max_stream_window = wanted.stream_window_bytes_max;
  settings.ack_thresh = kAckThreshold;
  settings.glitch_ratelim_burst = kGlitchesBurst;
  settings.glitch_ratelim_rate = kGlitchesPerSecond;
  settings.preferred_versions = versions_.data();
  settings.preferred_versionslen = versions_.size();
  settings.available_versions = versions_.data();
  settings.available_versionslen = versions_.size();
  set_mtu_probes(wanted.udp_payload_bytes_max);

  ngtcp2_transport_params_default(&params);
  params.initial_max_stream_data_bidi_local = wanted.stream_window_bytes;
  params.initial_max_stream_data_bidi_remote = wanted.stream_window_bytes;
  params.initial_max_stream_data_uni = wanted.stream_window_bytes;
  params.initial_max_data = wanted.connection_window_bytes;
  params.initial_max_streams_bidi = wanted.streams_max;
  params.initial_max_streams_uni = kUnidirectionalStreamsMax;
  params.max_idle_timeout = duration_of(wanted.idle_timeout);
  params.active_connection_id_limit = kPeerIdsMax;
}

void QuicProposal::set_mtu_probes(uint32_t udp_payload_bytes_max) {
  const uint32_t largest = std::clamp<uint32_t>(udp_payload_bytes_max, NGTCP2_MAX_UDP_PAYLOAD_SIZE,
                                                NGTCP2_MAX_TX_UDP_PAYLOAD_SIZE);
  settings.max_tx_udp_payload_size = largest;
  settings.no_pmtud = largest == NGTCP2_MAX_UDP_PAYLOAD_SIZE ? 1 : 0;
  if (settings.no_pmtud != 0) return;

  // The largest first: on most paths it is the one, and the search is over after a round trip.
  size_t count = 0;
  probes_[count++] = static_cast<uint16_t>(largest);
  for (const uint16_t payload : kLinkPayloads) {
    if (payload < largest) probes_[count++] = payload;
  }
  settings.pmtud_probes = probes_.data();
  settings.pmtud_probeslen = count;
}

}  // namespace qp::transport

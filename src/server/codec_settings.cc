#include "server/codec_settings.h"

namespace qp::server {

codec::H1Settings h1_settings(const config::Limits& limits) {
  codec::H1Settings settings;
  settings.limits.head_bytes_max = limits.head_bytes_max;
  settings.limits.uri_bytes_max = limits.uri_bytes_max;
  settings.limits.head_fields_max = limits.head_fields_max;
  return settings;
}

codec::H3Settings h3_settings(const config::Limits& limits) {
  codec::H3Settings settings;
  settings.head.head_bytes_max = limits.head_bytes_max;
  settings.head.uri_bytes_max = limits.uri_bytes_max;
  settings.head.fields_max = limits.head_fields_max;
  return settings;
}

transport::QuicSettings quic_settings(const config::Server& server) {
  transport::QuicSettings settings;
  settings.streams_max = server.quic.max_concurrent_streams;
  settings.stream_window_bytes = server.quic.initial_stream_window;
  settings.stream_window_bytes_max = server.quic.max_stream_window;
  settings.connection_window_bytes = server.quic.initial_connection_window;
  settings.connection_window_bytes_max = server.quic.max_connection_window;
  settings.idle_timeout = server.quic.idle_timeout;
  settings.handshake_timeout = server.timeouts.client_handshake;
  settings.keep_alive = server.quic.keep_alive;
  settings.congestion = static_cast<transport::Congestion>(server.quic.congestion);
  settings.udp_payload_bytes_max = static_cast<uint32_t>(server.quic.max_udp_payload);
  return settings;
}

}  // namespace qp::server

#include "server/codec_settings.h"

#include <utility>

namespace qp::server {

namespace {

transport::Congestion congestion_control(config::Congestion congestion) {
  switch (congestion) {
    case config::Congestion::bbr: return transport::Congestion::bbr;
    case config::Congestion::cubic: return transport::Congestion::cubic;
    case config::Congestion::reno: return transport::Congestion::reno;
  }
  std::unreachable();
}

observe::AccessLogFormat access_log_format(config::AccessLogFormat format) {
  switch (format) {
    case config::AccessLogFormat::json: return observe::AccessLogFormat::json;
    case config::AccessLogFormat::common: return observe::AccessLogFormat::common;
    case config::AccessLogFormat::combined: return observe::AccessLogFormat::combined;
    case config::AccessLogFormat::custom: return observe::AccessLogFormat::custom;
  }
  std::unreachable();
}

}  // namespace

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
  settings.congestion = congestion_control(server.quic.congestion);
  settings.udp_payload_bytes_max = static_cast<uint32_t>(server.quic.max_udp_payload);
  return settings;
}

conn::QuicRouterOptions::Retry retry_mode(config::StatelessRetry retry) {
  using Retry = conn::QuicRouterOptions::Retry;
  switch (retry) {
    case config::StatelessRetry::off: return Retry::off;
    case config::StatelessRetry::adaptive: return Retry::adaptive;
    case config::StatelessRetry::always: return Retry::always;
  }
  std::unreachable();
}

observe::AccessLogSettings access_log_settings(const config::AccessLog& log) {
  return {.enabled = log.enabled,
          .format = access_log_format(log.format),
          .custom = AccessTemplate::parse(log.line_template).value(),
          .sample = log.sample};
}

}  // namespace qp::server

// The configured limits in the words of the codecs and the transport, so that every protocol has the same
// ones.
#pragma once
#include "codec/h1_codec.h"
#include "codec/h3_codec.h"
#include "config/config.h"
#include "transport/quic_session.h"

namespace qp::server {

codec::H1Settings h1_settings(const config::Limits& limits);
codec::H3Settings h3_settings(const config::Limits& limits);
transport::QuicSettings quic_settings(const config::Server& server);

}  // namespace qp::server

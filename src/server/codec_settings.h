// The configuration in the words of the rooms that know nothing of it, so that every protocol has the same
// limits, and a choice that is added to one side does not compile without the other.
#pragma once
#include "codec/h1_codec.h"
#include "codec/h3_codec.h"
#include "config/config.h"
#include "conn/quic_router.h"
#include "observe/access_log.h"
#include "transport/quic_session.h"

namespace qp::server {

codec::H1Settings h1_settings(const config::Limits& limits);
codec::H3Settings h3_settings(const config::Limits& limits);
transport::QuicSettings quic_settings(const config::Server& server);
conn::QuicRouterOptions::Retry retry_mode(config::StatelessRetry retry);
observe::AccessLogSettings access_log_settings(const config::AccessLog& log);

}  // namespace qp::server

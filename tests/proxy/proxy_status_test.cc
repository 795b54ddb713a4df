#include "proxy/proxy_status.h"

#include <gtest/gtest.h>

namespace qp::proxy {
namespace {

TEST(ProxyStatusTest, SaysWhoFailedAndHow) {
  EXPECT_EQ(proxy_status("quic-proxy", "connection_timeout", "", ""), "quic-proxy; error=connection_timeout");
  EXPECT_EQ(proxy_status("quic-proxy", "connection_refused", "nobody listens", "backend1"),
            "quic-proxy; error=connection_refused; next-hop=\"backend1\"; details=\"nobody listens\"");
}

TEST(ProxyStatusTest, ANameThatIsNoTokenStandsInQuotes) {
  EXPECT_EQ(proxy_status("1st proxy", "dns_error", "", ""), "\"1st proxy\"; error=dns_error");
  EXPECT_EQ(proxy_status("1st", "dns_error", "", ""), "\"1st\"; error=dns_error");
}

TEST(ProxyStatusTest, DetailsCannotBreakOutOfTheirQuotes) {
  EXPECT_EQ(proxy_status("p", "e", "say \"no\" to \\ and \r\n \xC3\xBC", ""),
            "p; error=e; details=\"say \\\"no\\\" to \\\\ and ?? ??\"");
}

}  // namespace
}  // namespace qp::proxy

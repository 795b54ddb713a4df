#include "admin/gate.h"

#include <gtest/gtest.h>

#include <optional>

#include "config/address.h"

namespace qp::admin {
namespace {

class GateTest : public testing::Test {
 protected:
  // The word of the refusal, or "" if there is none.
  std::string ask(std::string_view path = "/api/backend/stop") {
    const auto refused = gate_->refuse(request(path));
    if (!refused) return "";
    const size_t begin = std::string_view("{\"error\":\"").size();
    return refused->body.substr(begin, refused->body.find('"', begin) - begin);
  }
  Request request(std::string_view path) {
    peer_.address = address_;
    host_ = authority_.substr(0, authority_.rfind(':'));
    return {.method = "POST",
            .authority = authority_,
            .host = host_,
            .path = path,
            .fields = fields_,
            .peer = peer_};
  }

  std::string address_ = "127.0.0.1";
  std::string authority_ = "localhost:8889";
  std::string host_;
  http::Headers fields_;
  http::Peer peer_;
  std::optional<Gate> gate_{std::in_place, "0123456789abcdef", "10.1.2.3",
                            std::vector<std::string>{"https://admin.example:8889"}};
};

TEST_F(GateTest, LetsAShellOnThisMachineDoEverything) {
  EXPECT_EQ(ask(), "");
  address_ = "::1";
  authority_ = "[::1]:8889";
  EXPECT_EQ(ask(), "");
}

TEST_F(GateTest, LetsItsOwnPageDoEverything) {
  fields_.add("origin", "http://localhost:8889");

  EXPECT_EQ(ask(), "");
}

TEST_F(GateTest, RefusesPagesOfAnyOtherOrigin) {
  for (const char* origin : {"http://evil.example", "http://localhost:3000", "null", "https://localhost"}) {
    fields_.set("origin", origin);
    EXPECT_EQ(ask(), "wrong_origin") << origin;
  }
}

TEST_F(GateTest, LetsPagesOfAnAllowedOriginIn) {
  fields_.add("origin", "https://admin.example:8889");

  EXPECT_EQ(ask(), "");
}

TEST_F(GateTest, RefusesANameThatIsNotItsOwn) {
  for (const char* authority : {"rebound.example:8889", "127.evil.example:8889", "10.1.2.4:8889"}) {
    authority_ = authority;
    EXPECT_EQ(ask(), "wrong_host") << authority;
    EXPECT_EQ(ask("/control"), "wrong_host") << authority;
  }
  for (const char* authority : {"10.1.2.3:8889", "admin.example:8889", "127.0.0.2:8889"}) {
    authority_ = authority;
    EXPECT_EQ(ask(), "") << authority;
  }
}

TEST_F(GateTest, AsksEverybodyElseForTheToken) {
  address_ = "10.1.2.9";
  EXPECT_EQ(ask(), "token_required");

  fields_.set("authorization", "Basic 0123456789abcdef");
  EXPECT_EQ(ask(), "token_required");
  for (const char* wrong :
       {"Bearer 0123456789abcdeX", "Bearer 0123456789abcde", "Bearer 0123456789abcdef0"}) {
    fields_.set("authorization", wrong);
    EXPECT_EQ(ask(), "wrong_token") << wrong;
  }

  fields_.set("authorization", "bearer 0123456789abcdef");
  EXPECT_EQ(ask(), "");
}

TEST_F(GateTest, TakesATrustedNetworkForThisMachine) {
  gate_.emplace("0123456789abcdef", "", std::vector<std::string>{},
                std::vector<Network>{*config::parse_network("172.16.0.0/12")});
  address_ = "172.18.0.1";
  EXPECT_EQ(ask(), "");

  address_ = "172.32.0.1";
  EXPECT_EQ(ask(), "token_required");
  address_ = "172.18.0.1";
  fields_.add("origin", "http://evil.example");
  EXPECT_EQ(ask(), "wrong_origin");
}

TEST_F(GateTest, TrustsNoLoopbackThatAProxyStandsBehind) {
  fields_.add("x-forwarded-for", "198.51.100.7");

  EXPECT_EQ(ask(), "token_required");
}

TEST_F(GateTest, GivesThePageItselfToWhoeverNamesItRight) {
  address_ = "10.1.2.9";

  EXPECT_EQ(ask("/control"), "");
  EXPECT_EQ(ask("/control/app.js"), "");
  EXPECT_EQ(ask("/controls"), "token_required");
}

}  // namespace
}  // namespace qp::admin

#include "admin/docker_answer.h"

#include <gmock/gmock.h>

#include <string>

namespace qp::admin {
namespace {

using testing::HasSubstr;

std::optional<std::string> said(uint16_t status, std::string body = "") {
  upstream::Call::Result answer;
  answer.response = std::make_unique<http::ResponseHead>();
  answer.response->status = status;
  answer.body = std::move(body);
  return docker_error(answer, {});
}

std::string unheard(ErrorCode code, const config::Docker& engine = {}) {
  upstream::Call::Result answer;
  answer.failure = Error{code, Origin::self, "the cause"};
  return docker_error(answer, engine).value_or("");
}

TEST(DockerAnswerTest, IsContentWithWhatIsDoneAndWithWhatWasSoAlready) {
  EXPECT_EQ(said(204), std::nullopt);
  EXPECT_EQ(said(304), std::nullopt);
  EXPECT_EQ(said(200), std::nullopt);
}

TEST(DockerAnswerTest, RepeatsTheReasonOfTheEngine) {
  EXPECT_EQ(said(404, R"({"message":"No such container: backend9"})"),
            "Docker answers 404: No such container: backend9");
  EXPECT_EQ(said(409, R"({"message":"Container b1 is not running","more":[1]})"),
            "Docker answers 409: Container b1 is not running");
}

TEST(DockerAnswerTest, SaysThatThereIsNoReasonWhereTheBodyHasNone) {
  for (const char* body : {"", "<html>403</html>", "{", "[]", "\"message\"", R"({"message":1})",
                           R"({"message":""})", R"({"error":"no"})"}) {
    EXPECT_EQ(said(403, body), "Docker answers 403 and gives no reason") << body;
  }
}

TEST(DockerAnswerTest, BoundsTheReasonAndKeepsItUtf8) {
  const std::string most(kDockerReasonBytesMax, 'a');
  const std::string begins = "Docker answers 500: ";

  EXPECT_EQ(said(500, R"({"message":")" + most + "\"}"), begins + most);
  EXPECT_EQ(said(500, R"({"message":")" + most + "b\"}"), begins + most);
  EXPECT_EQ(said(500, R"({"message":")" + most.substr(1) + "ä\"}"), begins + most.substr(1));
}

TEST(DockerAnswerTest, SaysWhatToDoAboutASocketThatCannotBeUsed) {
  EXPECT_EQ(unheard(ErrorCode::unreachable), "/var/run/docker.sock cannot be reached: the cause");
  EXPECT_EQ(unheard(ErrorCode::refused), "nobody listens at /var/run/docker.sock; is Docker running?");
  EXPECT_EQ(unheard(ErrorCode::permission),
            "the proxy may not open /var/run/docker.sock; its user needs the group of the socket");
  EXPECT_THAT(unheard(ErrorCode::timed_out), HasSubstr("has not answered at /var/run/docker.sock in time"));
  EXPECT_EQ(unheard(ErrorCode::malformed), "no answer of Docker's came from /var/run/docker.sock: the cause");
}

TEST(DockerAnswerTest, NamesTheProxyOfTheSocketWhereThereIsOne) {
  config::Docker engine;
  engine.url = config::Url{.host = "docker-proxy", .port = 2375, .path = {}};

  EXPECT_EQ(unheard(ErrorCode::refused, engine), "nobody listens at docker-proxy:2375; is Docker running?");
}

}  // namespace
}  // namespace qp::admin

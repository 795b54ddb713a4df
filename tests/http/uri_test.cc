#include "http/uri.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace qp::http {
namespace {

struct AuthorityCase {
  std::string text;
  std::string host;
  uint16_t port;
};

TEST(AuthorityTest, IsReadAndNormalised) {
  const AuthorityCase cases[] = {
      {"example.com", "example.com", 0},
      {"EXAMPLE.com:8443", "example.com", 8443},
      {"example.com.", "example.com", 0},
      {"example.com.:80", "example.com", 80},
      {"example.com:", "example.com", 0},
      {"my_host-1", "my_host-1", 0},
      {"192.0.2.1:1", "192.0.2.1", 1},
      {"[::1]", "[::1]", 0},
      {"[2001:DB8:0:0::1]:65535", "[2001:db8::1]", 65535},
      {"[::ffff:192.0.2.1]", "192.0.2.1", 0},
  };
  for (const auto& [text, host, port] : cases) {
    const auto authority = parse_authority(text);
    ASSERT_TRUE(authority) << text << ": " << authority.error().detail;
    EXPECT_EQ(authority->host, host) << text;
    EXPECT_EQ(authority->port, port) << text;
  }
}

TEST(AuthorityTest, RefusesWhatIsNone) {
  const std::string cases[] = {
      "",
      ".",
      ":80",
      "user@example.com",
      "user:secret@host",
      "a b",
      "a/b",
      "a?b",
      "a#b",
      "example.com:0",
      "example.com:65536",
      "example.com:-1",
      "a:1x",
      "a:b",
      "a:80:80",
      "[::1",
      "[]",
      "[]:80",
      "[1.2.3.4]",
      "[::1]x",
      "[::1]80",
      "[fe80::1%eth0]",
      "::1",
      "a%41",
      "a\"b",
      "a..",
      ".a",
      "a..b",
      "..",
      "b\xC3\xBC"
      "cher.example",
      std::string("a\0b", 3),
      "a\r\nb",
      "a,b",
  };
  for (const std::string& text : cases) {
    const auto authority = parse_authority(text);
    ASSERT_FALSE(authority) << text;
    EXPECT_EQ(authority.error().code, ErrorCode::malformed);
    EXPECT_EQ(authority.error().origin, Origin::client);
  }
}

TEST(AuthorityTest, AHostIsAtMost253BytesLong) {
  EXPECT_TRUE(parse_authority(std::string(253, 'a')));
  EXPECT_FALSE(parse_authority(std::string(254, 'a')));
}

struct PathCase {
  std::string path;
  std::string normal;
};

TEST(PathTest, HasOneSpellingForEachMeaning) {
  const PathCase cases[] = {
      {"/", "/"},
      {"/a/b", "/a/b"},
      {"/a/b/", "/a/b/"},
      {"/a//b", "/a//b"},
      {"//", "//"},
      {"/.", "/"},
      {"/./", "/"},
      {"/a/.", "/a/"},
      {"/a/..", "/"},
      {"/a/../", "/"},
      {"/a/./b/../c", "/a/c"},
      {"/a/b/../../c", "/c"},
      {"/a//../b", "/a/b"},
      {"/...", "/..."},
      {"/a/.b/..c", "/a/.b/..c"},
      {"/%7Euser/%41", "/~user/A"},
      {"/a%2fb", "/a%2Fb"},
      {"/a%2Fb%3f%23", "/a%2Fb%3F%23"},
      {"/a/%2e%2E/x/%2e", "/x/"},
      {"/a/%2e./x", "/x"},
      {"/%25%32e", "/%252e"},
      {"/\xC3\xBC", "/\xC3\xBC"},
      {"/%c3%bc", "/%C3%BC"},
      {"/a;b=c,d@e:f&g=$!*'()+", "/a;b=c,d@e:f&g=$!*'()+"},
  };
  for (const auto& [path, normal] : cases) {
    const auto result = normalise_path(path);
    ASSERT_TRUE(result) << path << ": " << result.error().detail;
    EXPECT_EQ(*result, normal) << path;
  }
}

TEST(PathTest, RefusesWhatNoBackendWouldReadAlike) {
  const std::string cases[] = {
      "",
      "a",
      "*",
      "/..",
      "/a/../..",
      "/%2e%2e",
      "/a/../../b",
      "/%",
      "/%4",
      "/%4g",
      "/%g4",
      "/%00",
      "/a b",
      "/a\tb",
      "/a\nb",
      "/a\\b",
      "/a#b",
      "/a\x7F",
      "/%%41",
      std::string("/a\0", 3),
      "http://example.com/",
  };
  for (const std::string& path : cases) {
    const auto result = normalise_path(path);
    ASSERT_FALSE(result) << path;
    EXPECT_EQ(result.error().code, ErrorCode::malformed);
  }
}

TEST(PathTest, NormalisingTwiceChangesNothing) {
  for (const std::string path : {"/a/../b", "/%41%2f", "/%25%34%31", "//..//a", "/a/./././b"}) {
    const std::string once = normalise_path(path).value();
    EXPECT_EQ(normalise_path(once).value(), once) << path;
  }
}

TEST(TargetTest, IsSplitAtTheFirstQuestionMark) {
  EXPECT_EQ(path_of("/a?b?c"), "/a");
  EXPECT_EQ(query_of("/a?b?c"), "?b?c");
  EXPECT_EQ(path_of("/a"), "/a");
  EXPECT_EQ(query_of("/a"), "");
  EXPECT_EQ(query_of("/a?"), "?");
}

}  // namespace
}  // namespace qp::http

#include "config/syntax.h"

#include <gtest/gtest.h>

namespace qp::config {
namespace {

using Syntax = Parsed<std::string> (*)(std::string_view);

void expect_good(Syntax syntax, std::initializer_list<std::pair<std::string_view, std::string_view>> cases) {
  for (const auto& [text, canonical] : cases)
    EXPECT_EQ(syntax(text), canonical) << text;
}

void expect_bad(Syntax syntax, std::initializer_list<std::string_view> cases) {
  for (const std::string_view text : cases)
    EXPECT_FALSE(syntax(text).has_value()) << text;
}

TEST(SyntaxTest, Names) {
  expect_good(parse_name, {{"backend1", "backend1"}, {"a.b-c_D", "a.b-c_D"}});
  expect_bad(parse_name, {"", "a b", "a/b", "a\"b", "ä"});
  EXPECT_TRUE(parse_name(std::string(64, 'a')).has_value());
  EXPECT_FALSE(parse_name(std::string(65, 'a')).has_value());
}

TEST(SyntaxTest, NamesOfContainers) {
  expect_good(parse_container, {{"b1", "b1"}, {"app_web.1-a", "app_web.1-a"}});
  expect_bad(parse_container, {"", "b", "-b1", ".b1", "_b1", "a/b", "a b", "a?t=1", "ab%2F", "ab\n", "ä1"});
  expect_good(parse_optional_container, {{"", ""}, {"b1", "b1"}});
  EXPECT_TRUE(parse_container(std::string(255, 'a')).has_value());
  EXPECT_FALSE(parse_container(std::string(256, 'a')).has_value());
}

TEST(SyntaxTest, HostPatterns) {
  expect_good(parse_host_pattern,
              {{"", ""}, {"Example.COM", "example.com"}, {"*.example.com", "*.example.com"}});
  expect_bad(parse_host_pattern,
             {"*", "*.", "*example.com", "a.*", "a.*.b", "a:443", "[::1]", "http://a", "a b"});
}

TEST(SyntaxTest, PathPatterns) {
  expect_good(parse_path_pattern, {{"", ""},
                                   {"/", "/"},
                                   {"/a", "/a"},
                                   {"/a/*", "/a/*"},
                                   {"/*/b", "/*/b"},
                                   {"/**", "/**"},
                                   {"/a/*/b/**", "/a/*/b/**"},
                                   {"/%20", "/%20"}});
  expect_bad(parse_path_pattern,
             {"a", "*", "/a*", "/a**", "/***", "/**/a", "/a?b", "/a#b", "/a b", "/ü", "/a\n"});
  EXPECT_TRUE(parse_path_pattern("/" + std::string(1023, 'a')).has_value());
  EXPECT_FALSE(parse_path_pattern("/" + std::string(1024, 'a')).has_value());
}

TEST(SyntaxTest, PathsOfRequests) {
  expect_good(parse_request_path, {{"/health", "/health"}, {"/health?deep=1", "/health?deep=1"}});
  expect_bad(parse_request_path, {"", "health", "/a#b", "http://a/"});
  expect_bad(parse_path, {"/a?b"});
}

TEST(SyntaxTest, PathsOfSockets) {
  expect_good(parse_socket_path, {{"/run/app.sock", "/run/app.sock"}, {"/a b", "/a b"}});
  expect_bad(parse_socket_path,
             {"", "app.sock", "unix:///run/app.sock", "/a\n", std::string_view("/a\0b", 4)});
  expect_good(parse_optional_socket_path, {{"", ""}, {"/run/app.sock", "/run/app.sock"}});
  EXPECT_TRUE(parse_socket_path("/" + std::string(106, 'a')).has_value());
  EXPECT_FALSE(parse_socket_path("/" + std::string(107, 'a')).has_value());
}

TEST(SyntaxTest, Authorities) {
  expect_good(parse_authority, {{"", ""}, {"a", "a"}, {"a:80", "a:80"}, {"[::1]:80", "[::1]:80"}});
  expect_bad(parse_authority, {"a/", "http://a", "a:b", "u@a", "a?b"});
}

TEST(SyntaxTest, Methods) {
  expect_good(parse_method, {{"get", "GET"}, {"M-SEARCH", "M-SEARCH"}});
  expect_bad(parse_method, {"", "GET POST", "GET,"});
}

TEST(SyntaxTest, NamesOfFields) {
  expect_good(parse_field_name, {{"X-Team", "x-team"}, {"cookie", "cookie"}});
  expect_bad(parse_field_name,
             {"", ":path", "a b", "Connection", "keep-alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
              "Proxy-Connection", "Content-Length", "Host"});
}

TEST(SyntaxTest, ValuesOfFields) {
  expect_good(parse_field_value, {{"", ""}, {"a b", "a b"}, {"ü", "ü"}});
  expect_bad(parse_field_value, {" a", "a ", "a\r\nb", "a\nb", std::string_view("a\0b", 3), "a\x7f"});
}

TEST(SyntaxTest, TargetsOfRedirects) {
  expect_good(parse_redirect_target, {{"/new", "/new"},
                                      {"https://{host}{uri}", "https://{host}{uri}"},
                                      {"{path}", "{path}"},
                                      {"http://a/{path}/x", "http://a/{path}/x"}});
  expect_bad(parse_redirect_target,
             {"", "a", "ftp://a", "https://{hots}", "/{", "/}", "/{}", "/a b", "/a\r\nb", "/{host}{x}"});
}

TEST(SyntaxTest, AccessTemplates) {
  expect_good(parse_access_template,
              {{"", ""}, {"{status} \"{path}\"", "{status} \"{path}\""}, {"{{{status}}}", "{{{status}}}"}});
  expect_bad(parse_access_template, {"{", "}", "{}", "{what}", "{status", "{STATUS}", "a\tb", "a\nb"});
  EXPECT_TRUE(parse_access_template(std::string(4096, 'a')).has_value());
  EXPECT_FALSE(parse_access_template(std::string(4097, 'a')).has_value());
}

}  // namespace
}  // namespace qp::config

#include "codec/h1_parser.h"

#include <gtest/gtest.h>

#include <string>

#include "codec/h1_framing.h"
#include "codec/h1_syntax.h"
#include "codec/h1_target.h"

namespace qp::codec::h1 {
namespace {

constexpr HeadLimits kLimits{.head_bytes_max = 1000, .uri_bytes_max = 100, .head_fields_max = 4};

std::string describe(const Refusal& refusal) {
  return std::to_string(refusal.status) + ": " + refusal.detail;
}

std::string describe(const MessageFraming& framing) {
  const std::string connection = framing.keep_alive ? ", stays" : ", closes";
  switch (framing.body) {
    case Framing::none: return "no body" + connection;
    case Framing::length: return std::to_string(framing.length) + " bytes" + connection;
    case Framing::chunked: return "chunked" + connection;
    case Framing::until_close: return "until close" + connection;
    case Framing::tunnel: return "tunnel" + connection;
  }
  return "";
}

std::string describe(const http::Headers& fields) {
  std::string text;
  for (size_t i = 0; i < fields.size(); ++i) {
    text += " [" + std::string(fields[i].name) + "=" + std::string(fields[i].value) + "]";
  }
  return text;
}

// What a server makes of a request's head.
std::string request(std::string_view text, std::string_view scheme = "https") {
  HeadScanner scanner(Section::request, kLimits);
  const Parsed<size_t> size = scanner.scan(text);
  if (!size) return describe(size.error());
  if (*size == 0) return "incomplete";
  Parsed<ParsedRequest> parsed = parse_request(text.substr(0, *size), kLimits);
  if (!parsed) return describe(parsed.error());
  if (auto target = resolve_target(*parsed, scheme); !target) return describe(target.error());
  const Parsed<MessageFraming> framing = frame_request(*parsed);
  if (!framing) return describe(framing.error());
  const http::RequestHead& head = parsed->head;
  return head.method + " " + head.scheme + " " + head.authority + " " + head.path +
         (head.protocol.empty() ? "" : " to " + head.protocol) + describe(head.fields) + ": " +
         describe(*framing);
}

std::string response(std::string_view text, const Asked& asked = {}) {
  HeadScanner scanner(Section::response, kLimits);
  const Parsed<size_t> size = scanner.scan(text);
  if (!size) return describe(size.error());
  if (*size == 0) return "incomplete";
  Parsed<ParsedResponse> parsed = parse_response(text.substr(0, *size), kLimits);
  if (!parsed) return describe(parsed.error());
  const Parsed<MessageFraming> framing = frame_response(*parsed, asked);
  if (!framing) return describe(framing.error());
  return std::to_string(parsed->head.status) + describe(parsed->head.fields) + ": " + describe(*framing);
}

// A request with that line and nothing but Host.
std::string line(std::string_view request_line, std::string_view scheme = "https") {
  return request(std::string(request_line) + "\r\nHost: h\r\n\r\n", scheme);
}
// A request with those field lines after Host.
std::string fields(std::string_view lines, std::string_view start = "GET / HTTP/1.1") {
  return request(std::string(start) + "\r\nHost: h\r\n" + std::string(lines) + "\r\n");
}

TEST(H1RequestTest, ReadsASmallGet) {
  EXPECT_EQ(request("GET /a?b=c HTTP/1.1\r\nHost: example.com:8443\r\nUser-Agent: x y\r\n\r\n"),
            "GET https example.com:8443 /a?b=c [user-agent=x y]: no body, stays");
}

TEST(H1RequestTest, TakesBlanksOffBothEndsOfAValue) {
  EXPECT_EQ(fields("A: \t b\tc \t\r\nB:\r\nC: \r\n"), "GET https h / [a=b\tc] [b=] [c=]: no body, stays");
}

TEST(H1RequestTest, LetsBytesAboveAsciiStandInValues) {
  EXPECT_EQ(fields("A: caf\xc3\xa9\r\n"), "GET https h / [a=caf\xc3\xa9]: no body, stays");
}

TEST(H1RequestTest, ToleratesOneEmptyLineBeforeIt) {
  EXPECT_EQ(request("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), "GET https h /: no body, stays");
  EXPECT_EQ(request("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), "400: empty lines before a message");
}

TEST(H1RequestTest, ReadsEachFormOfTarget) {
  EXPECT_EQ(line("GET http://h/p?q HTTP/1.1"), "GET http h /p?q: no body, stays");
  EXPECT_EQ(line("GET HTTPS://H:443/p HTTP/1.1"), "GET https H:443 /p: no body, stays");
  EXPECT_EQ(line("GET http://h HTTP/1.1"), "GET http h /: no body, stays");
  EXPECT_EQ(line("GET http://h?q HTTP/1.1"), "GET http h /?q: no body, stays");
  EXPECT_EQ(line("OPTIONS * HTTP/1.1"), "OPTIONS https h *: no body, stays");
  EXPECT_EQ(line("OPTIONS http://h HTTP/1.1"), "OPTIONS http h *: no body, stays");
  EXPECT_EQ(request("CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n"), "CONNECT https h:443 : tunnel, stays");
}

TEST(H1RequestTest, RefusesTargetsThatDoNotFitTheMethod) {
  EXPECT_EQ(line("GET * HTTP/1.1"), "400: the form of the request target doesn't fit the method");
  EXPECT_EQ(line("GET h:80 HTTP/1.1"), "400: the form of the request target doesn't fit the method");
  EXPECT_EQ(line("CONNECT /p HTTP/1.1"), "400: the host can't be read");
  EXPECT_EQ(line("CONNECT h HTTP/1.1"), "400: CONNECT needs a host and a port");
  EXPECT_EQ(line("GET ftp://h/ HTTP/1.1"), "400: the scheme is neither http nor https");
  EXPECT_EQ(line("GET https://h/ HTTP/1.1", "http"), "421: https was asked for on a connection in the clear");
}

TEST(H1RequestTest, RefusesUserInformation) {
  EXPECT_EQ(line("GET http://u:p@h/ HTTP/1.1"), "400: the host can't be read");
  EXPECT_EQ(request("GET / HTTP/1.1\r\nHost: u@h\r\n\r\n"), "400: the host can't be read");
}

TEST(H1RequestTest, WantsOneHostThatAgreesWithTheTarget) {
  EXPECT_EQ(request("GET / HTTP/1.1\r\n\r\n"), "400: the Host field is missing");
  EXPECT_EQ(request("GET http://h/ HTTP/1.1\r\n\r\n"), "400: the Host field is missing");
  EXPECT_EQ(request("GET / HTTP/1.0\r\n\r\n"), "GET https  /: no body, closes");
  EXPECT_EQ(request("GET / HTTP/1.1\r\nHost:\r\n\r\n"), "400: an empty host");
  EXPECT_EQ(fields("Host: h\r\n"), "400: more than one Host field");
  EXPECT_EQ(request("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"), "400: the host can't be read");
  EXPECT_EQ(request("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), "400: the host can't be read");
  EXPECT_EQ(request("GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n"),
            "400: the Host field and the request target disagree");
  EXPECT_EQ(request("GET http://A:80/ HTTP/1.1\r\nHost: a\r\n\r\n"), "GET http A:80 /: no body, stays");
}

TEST(H1RequestTest, RefusesRequestLinesThatCanBeReadInTwoWays) {
  const std::string_view bad_method = "400: the method can't be read";
  const std::string_view bad_target = "400: the request target can't be read";
  const std::string_view bad_version = "400: the HTTP version can't be read";
  EXPECT_EQ(line("GET  / HTTP/1.1"), bad_target);
  EXPECT_EQ(line("GET /  HTTP/1.1"), bad_version);
  EXPECT_EQ(line("GET / HTTP/1.1 "), bad_version);
  EXPECT_EQ(line("GET\t/ HTTP/1.1"), bad_method);
  EXPECT_EQ(line("GET /\tHTTP/1.1"), bad_target);
  EXPECT_EQ(line("G(T / HTTP/1.1"), bad_method);
  EXPECT_EQ(line("GET"), bad_method);
  EXPECT_EQ(line("GET /"), bad_target);
  EXPECT_EQ(line("GET /a b HTTP/1.1"), bad_version);
  EXPECT_EQ(line("GET /a\rb HTTP/1.1"), bad_target);
  EXPECT_EQ(line(std::string_view("GET /a\0b HTTP/1.1", 17)), bad_target);
  EXPECT_EQ(line("GET /a#b HTTP/1.1"), bad_target);
  EXPECT_EQ(line("GET /\xc3\xa9 HTTP/1.1"), bad_target);
  EXPECT_EQ(line("GET / http/1.1"), bad_version);
  EXPECT_EQ(line("GET / HTTP/11"), bad_version);
  EXPECT_EQ(line("GET / HTTP/1.1x"), bad_version);
}

TEST(H1RequestTest, SpeaksHttp10AndHttp11Only) {
  EXPECT_EQ(line("GET / HTTP/1.2"), "505: this HTTP version is not spoken here");
  EXPECT_EQ(line("GET / HTTP/0.9"), "505: this HTTP version is not spoken here");
  EXPECT_EQ(line("PRI * HTTP/2.0"), "505: this HTTP version is not spoken here");
}

TEST(H1RequestTest, TellsAnotherProtocolByItsFirstByte) {
  EXPECT_EQ(request("\x16\x03\x01"), "400: this is not HTTP/1");
  EXPECT_EQ(request(" GET"), "400: this is not HTTP/1");
}

TEST(H1RequestTest, EndsALineByCrLfOnly) {
  const std::string_view bad_line = "400: a line that doesn't end with CR LF";
  const std::string_view bad_value = "400: a control character in a field value";
  EXPECT_EQ(request("GET / HTTP/1.1\nHost: h\n\n"), bad_line);
  EXPECT_EQ(request("GET / HTTP/1.1\r\nHost: h\n\r\n"), bad_line);
  EXPECT_EQ(request("GET / HTTP/1.1\r\nHost: h\r\n\n"), bad_line);
  EXPECT_EQ(fields("A: b\rC: d\r\n"), bad_value);
  EXPECT_EQ(fields("A: b\r\r\n"), bad_value);
  EXPECT_EQ(request("GET / HTTP/1.1\r\nHost: h\r\r\n\r\n"), bad_value);
}

TEST(H1RequestTest, RefusesFieldLinesThatCanBeReadInTwoWays) {
  EXPECT_EQ(fields("A : b\r\n"), "400: a blank in or after a field name");
  EXPECT_EQ(fields("A\t: b\r\n"), "400: a blank in or after a field name");
  EXPECT_EQ(fields("A: b\r\n c\r\n"), "400: a folded field line");
  EXPECT_EQ(fields("A: b\r\n\tc: d\r\n"), "400: a folded field line");
  EXPECT_EQ(fields(": b\r\n"), "400: a field without a name");
  EXPECT_EQ(fields("A\r\n"), "400: a field name can't be read");
  EXPECT_EQ(fields("A(: b\r\n"), "400: a field name can't be read");
  EXPECT_EQ(fields("\xc3\xa9: b\r\n"), "400: a field name can't be read");
  EXPECT_EQ(fields("A[]: b\r\n"), "400: a field name can't be read");
}

TEST(H1RequestTest, RefusesEveryControlCharacterInValuesButTheTab) {
  for (int c = 0; c < 256; ++c) {
    if (c == '\r' || c == '\n') continue;
    for (const size_t length :
         {1, 7, 8, 9, 20}) {  // before, in and after the words that are looked at as one
      std::string value = "A: v" + std::string(length, 'v') + "v\r\n";
      value[3 + length] = static_cast<char>(c);
      const bool is_refused = fields(value) == "400: a control character in a field value";
      EXPECT_EQ(is_refused, (c < 0x20 && c != '\t') || c == 0x7f) << c;
    }
  }
}

TEST(H1RequestTest, FramesTheBody) {
  EXPECT_EQ(fields("Content-Length: 5\r\n"), "GET https h / [content-length=5]: 5 bytes, stays");
  EXPECT_EQ(fields("Content-Length: 0\r\n"), "GET https h / [content-length=0]: no body, stays");
  EXPECT_EQ(fields("Transfer-Encoding: chunked\r\n"), "GET https h /: chunked, stays");
  EXPECT_EQ(fields("Transfer-Encoding: CHUNKED\r\n"), "GET https h /: chunked, stays");
}

// Each of these is a request that one server ends where another one doesn't.
TEST(H1RequestTest, RefusesFramingThatSmugglesRequests) {
  const auto is_refused = [](std::string_view lines, std::string_view start = "POST / HTTP/1.1") {
    return fields(lines, start).starts_with("400: ");
  };
  for (const std::string_view lines : {
           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
           "Content-Length: 5\r\nContent-Length: 6\r\n",
           "Content-Length: 5\r\nContent-Length: 5\r\n",
           "Content-Length: 5, 5\r\n",
           "Content-Length: +5\r\n",
           "Content-Length: -5\r\n",
           "Content-Length: 0x5\r\n",
           "Content-Length: 5 5\r\n",
           "Content-Length: 5a\r\n",
           "Content-Length: \r\n",
           "Content-Length: 18446744073709551616\r\n",
           "Content-Length: 99999999999999999999999999\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
           "Transfer-Encoding: chunked, chunked\r\n",
           "Transfer-Encoding: chunked, identity\r\n",
           "Transfer-Encoding: chunked,\r\n",
           "Transfer-Encoding: identity\r\n",
           "Transfer-Encoding: xchunked\r\n",
           "Transfer-Encoding: \"chunked\"\r\n",
           "Transfer-Encoding: chunked;q=1\r\n",
           "Transfer-Encoding:\r\n",
           "Transfer-Encoding: \x0b"
           "chunked\r\n",
           "Transfer-Encoding : chunked\r\n",
           "Transfer-Encoding\r\n: chunked\r\n",
       }) {
    EXPECT_TRUE(is_refused(lines)) << lines << fields(lines);
  }
  EXPECT_TRUE(is_refused("Transfer-Encoding: chunked\r\n", "POST / HTTP/1.0"));
  EXPECT_EQ(fields("Transfer-Encoding: gzip, chunked\r\n"), "501: an unknown transfer coding");
  EXPECT_EQ(request("CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\nContent-Length: 3\r\n\r\n"),
            "400: CONNECT with a body");
}

TEST(H1RequestTest, KeepsTheConnectionAsTheClientSays) {
  EXPECT_EQ(fields("Connection: close\r\n"), "GET https h /: no body, closes");
  EXPECT_EQ(fields("Connection: x, Close\r\n"), "GET https h /: no body, closes");
  EXPECT_EQ(fields("Connection: keep-alive\r\n", "GET / HTTP/1.0"), "GET https h /: no body, stays");
  EXPECT_EQ(fields("", "GET / HTTP/1.0"), "GET https h /: no body, closes");
  EXPECT_EQ(fields("Connection: keep-alive\r\nConnection: close\r\n"), "GET https h /: no body, closes");
}

TEST(H1RequestTest, TakesTheConnectionsFieldsOut) {
  EXPECT_EQ(fields("Connection: X\r\nX: 1\r\nKeep-Alive: 5\r\n"), "GET https h /: no body, stays");
  EXPECT_EQ(fields("Connection: te\r\nTE: trailers, gzip\r\n"),
            "GET https h / [te=trailers]: no body, stays");
}

TEST(H1RequestTest, NotesAChangeOfProtocolOnlyWhereItIsHarmless) {
  const std::string upgrade = "Connection: upgrade\r\nUpgrade: websocket\r\n";
  EXPECT_EQ(fields(upgrade), "GET https h / to websocket: tunnel, stays");
  EXPECT_EQ(fields("Upgrade: websocket\r\n"), "GET https h /: no body, stays");
  EXPECT_EQ(fields("Connection: upgrade\r\nUpgrade: h2c\r\n"), "GET https h /: no body, stays");
  EXPECT_EQ(fields(upgrade + "Content-Length: 5\r\n"), "GET https h / [content-length=5]: 5 bytes, stays");
  EXPECT_EQ(fields(upgrade, "GET / HTTP/1.0"), "GET https h /: no body, closes");
}

TEST(H1RequestTest, HoldsEachLimitToTheByte) {
  EXPECT_TRUE(line("GET /" + std::string(99, 'p') + " HTTP/1.1").starts_with("GET"));
  EXPECT_EQ(line("GET /" + std::string(100, 'p') + " HTTP/1.1"), "414: the request target is too long");
  EXPECT_EQ(request("GET /" + std::string(100 + 64, 'p')), "414: the request target is too long");

  EXPECT_TRUE(fields("A: 1\r\nA: 2\r\nA: 3\r\n").starts_with("GET"));
  EXPECT_EQ(fields("A: 1\r\nA: 2\r\nA: 3\r\nA: 4\r\n"), "431: too many fields");

  const size_t rest = std::string_view("GET / HTTP/1.1\r\nHost: h\r\nA: \r\n\r\n").size();
  EXPECT_TRUE(fields("A: " + std::string(1000 - rest, 'v') + "\r\n").starts_with("GET"));
  EXPECT_EQ(fields("A: " + std::string(1001 - rest, 'v') + "\r\n"), "431: the head is too large");
  EXPECT_EQ(request("GET / HTTP/1.1\r\nA: " + std::string(1000, 'v')), "431: the head is too large");
}

TEST(H1ResponseTest, ReadsStatusAndFields) {
  EXPECT_EQ(response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: b\r\n\r\n"),
            "200 [content-length=2] [a=b]: 2 bytes, stays");
  EXPECT_EQ(response("HTTP/1.1 404 Not \xe9 Found\r\nContent-Length: 0\r\n\r\n"),
            "404 [content-length=0]: no body, stays");
  EXPECT_EQ(response("HTTP/1.1 200 \r\n\r\n"), "200: until close, closes");
  EXPECT_EQ(response("HTTP/1.1 200\r\n\r\n"), "200: until close, closes");
}

TEST(H1ResponseTest, FramesTheBody) {
  EXPECT_EQ(response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), "200: chunked, stays");
  EXPECT_EQ(response("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n"),
            "200 [content-length=2]: 2 bytes, closes");
  EXPECT_EQ(response("HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n"),
            "200 [content-length=2]: 2 bytes, stays");
  EXPECT_EQ(response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", {.is_head = true}),
            "200 [content-length=2]: no body, stays");
  EXPECT_EQ(response("HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n"),
            "304 [content-length=2]: no body, stays");
  EXPECT_EQ(response("HTTP/1.1 204 No Content\r\n\r\n"), "204: no body, stays");
  EXPECT_EQ(response("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", {.is_upgrade = true}),
            "101: tunnel, closes");
  EXPECT_EQ(response("HTTP/1.1 200 OK\r\n\r\n", {.is_connect = true}), "200: tunnel, closes");
  EXPECT_EQ(response("HTTP/1.1 403 No\r\nContent-Length: 1\r\n\r\n", {.is_connect = true}),
            "403 [content-length=1]: 1 bytes, stays");
}

TEST(H1ResponseTest, RefusesAmbiguousFraming) {
  for (const std::string_view lines : {
           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
           "Content-Length: 5\r\nContent-Length: 6\r\n",
           "Content-Length: 5, 5\r\n",
           "Content-Length: five\r\n",
           "Transfer-Encoding: gzip\r\n",
       }) {
    const std::string told = response("HTTP/1.1 200 OK\r\n" + std::string(lines) + "\r\n");
    EXPECT_TRUE(told.starts_with("400: ")) << lines << told;
  }
  EXPECT_EQ(response("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
            "400: Transfer-Encoding in HTTP/1.0");
  EXPECT_EQ(response("HTTP/1.1 101 Switching Protocols\r\n\r\n"), "400: 101 without having been asked");
}

TEST(H1ResponseTest, DoesNotReuseAConnectionWhere204AnnouncesABody) {
  EXPECT_EQ(response("HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n"),
            "204 [content-length=2]: no body, closes");
  EXPECT_EQ(response("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"),
            "204: no body, closes");
}

TEST(H1ResponseTest, RefusesStatusLinesThatCanNotBeRead) {
  for (const std::string_view bad :
       {"HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1  200 OK", "HTTP/1.1 2x0 OK", "HTTP/1.1 099 OK",
        "HTTP/1.1 600 OK", "HTTP/1.1200 OK", "HTTP/1.1 200OK", "HTTP/1.1 200 O\x01K", "HTTP/2.0 200 OK",
        "ICY 200 OK"}) {
    const std::string told = response(std::string(bad) + "\r\nContent-Length: 0\r\n\r\n");
    EXPECT_TRUE(told.starts_with("400: ") || told.starts_with("505: ")) << bad << " " << told;
  }
  EXPECT_EQ(response("\r\nHTTP/1.1 200 OK\r\n\r\n"), "400: this is not HTTP/1");
}

TEST(H1ScannerTest, FindsTheSameEndHoweverTheBytesCome) {
  const std::string_view text = "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\nrest";
  HeadScanner scanner(Section::request, kLimits);

  for (size_t size = 0; size < text.size() - 4; ++size)
    EXPECT_EQ(scanner.scan(text.substr(0, size)).value(), 0u);

  EXPECT_EQ(scanner.scan(text).value(), text.size() - 4);
}

}  // namespace
}  // namespace qp::codec::h1

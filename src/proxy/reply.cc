#include "proxy/reply.h"

#include <algorithm>
#include <array>
#include <string>

#include "http/accept.h"
#include "http/framing.h"

namespace qp::proxy {

namespace {

// Both bodies of one status, put together by the compiler, so that a reply costs no memory of the worker's.
class Page {
 public:
  consteval Page(uint16_t status, std::string_view reason) : status_(status), reason_(reason) {
    const char digits[] = {static_cast<char>('0' + status / 100), static_cast<char>('0' + status / 10 % 10),
                           static_cast<char>('0' + status % 10)};
    const std::string_view number(digits, 3);
    plain_.add(number).add(" ").add(reason).add("\n");
    json_.add("{\"status\":").add(number).add(",\"error\":\"").add(reason).add("\"}\n");
  }

  constexpr uint16_t status() const { return status_; }
  constexpr std::string_view reason() const { return reason_; }
  constexpr std::string_view plain() const { return plain_.view(); }
  constexpr std::string_view json() const { return json_.view(); }

 private:
  struct Text {
    std::array<char, 80> bytes{};
    size_t size = 0;

    constexpr Text& add(std::string_view more) {
      for (const char c : more)
        bytes[size++] = c;
      return *this;
    }
    constexpr std::string_view view() const { return {bytes.data(), size}; }
  };

  uint16_t status_;
  std::string_view reason_;
  Text plain_;
  Text json_;
};

constexpr Page kPages[] = {
    {200, "OK"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {425, "Too Early"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {508, "Loop Detected"},
};

const Page* find_page(uint16_t status) {
  const auto page = std::ranges::find(kPages, status, &Page::status);
  return page == std::end(kPages) ? nullptr : page;
}

bool prefers_json(std::string_view accept) {
  return http::quality_of(accept, "application/json") > http::quality_of(accept, "text/plain");
}

}  // namespace

std::string_view reason_of(uint16_t status) {
  const Page* page = find_page(status);
  return page != nullptr ? page->reason() : std::string_view();
}

Reply make_reply(const ReplySpec& spec) {
  const Page* page = find_page(spec.status);
  const bool is_json = prefers_json(spec.accept);
  const std::string_view body = page == nullptr ? std::string_view() : is_json ? page->json() : page->plain();

  Reply reply{.head = {.status = spec.status, .fields = {}}, .body = {}};
  http::Headers& fields = reply.head.fields;
  fields.add(http::Name::content_type, is_json ? "application/json" : "text/plain; charset=utf-8");
  fields.add(http::Name::content_length, std::to_string(body.size()));
  fields.add("cache-control", "no-store");
  if (!spec.proxy_status.empty()) fields.add(http::Name::proxy_status, spec.proxy_status);
  if (!spec.location.empty()) fields.add(http::Name::location, spec.location);
  if (spec.status == 405)
    fields.add("allow", spec.allow);  // may be empty, but has to be there (RFC 9110 §15.5.6)
  if (spec.status == 503 && spec.retry_after.count() > 0) {
    fields.add(http::Name::retry_after, std::to_string(spec.retry_after.count()));
  }
  if (http::may_have_body(spec.method, spec.status)) reply.body = Slice::of_static(body);
  return reply;
}

}  // namespace qp::proxy

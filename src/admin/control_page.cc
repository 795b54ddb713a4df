#include "admin/control_page.h"

#include <fmt/format.h>

#include <string>

namespace qp::admin {

namespace {

constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// A 304 keeps the body: it is not sent, but its length is that of the file (RFC 9110 §8.6).
Response show(const PageFile& file, const std::string& tag, const Request& request) {
  Response response{.type = std::string(file.type), .body = std::string(file.bytes), .fields = {}};
  if (request.fields.find("if-none-match") == tag) response.status = 304;
  response.fields.add("etag", tag);
  response.fields.add("cache-control", "no-cache");  // kept, but asked about each time
  response.fields.add("content-security-policy", kPolicy);
  return response;
}

}  // namespace

void add_control_page(Resources& resources, const PageFiles& page) {
  const std::string tag = fmt::format("\"{}\"", page.version.substr(0, 16));
  for (const PageFile& file : page.files) {
    const bool is_page = file.name == "index.html";
    resources.add("GET", is_page ? "/control" : fmt::format("/control/{}", file.name),
                  [file, tag](const Request& request) { return show(file, tag, request); });
  }
  resources.add("GET", "/", [](const Request&) {
    Response response{.status = 308, .type = {}};
    response.fields.add("location", "/control");
    return response;
  });
}

}  // namespace qp::admin

// Answers with another place to ask at. The target's placeholders are checked by the configuration.
#include <algorithm>

#include "http/uri.h"
#include "proxy/filter.h"

namespace qp::proxy {

namespace {

class Redirect final : public Filter {
 public:
  explicit Redirect(config::Redirect redirect) : redirect_(std::move(redirect)) {}

  Verdict handle_request(http::RequestHead& head, const RequestView& request, Reply& reply) const override {
    const bool lacks_host = redirect_.to.contains("{host}") && request.target.authority.host.empty();
    const std::string location = lacks_host ? std::string() : location_of(request);
    reply = make_reply({.status = lacks_host ? uint16_t{400} : redirect_.status,
                        .method = request.method,
                        .accept = head.fields.find(http::Name::accept).value_or(""),
                        .location = location});
    return Verdict::reply;
  }

 private:
  std::string location_of(const RequestView& request) const {
    std::string out;
    for (std::string_view rest = redirect_.to; !rest.empty();) {
      const size_t brace = std::min(rest.find('{'), rest.size());
      out.append(rest.substr(0, brace));
      rest.remove_prefix(brace);
      const size_t end = std::min(rest.find('}'), rest.size());
      if (rest.empty()) break;
      const std::string_view name = rest.substr(1, end - 1);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      append(out, value_of(name, request));
    }
    return out;
  }

  static std::string_view value_of(std::string_view name, const RequestView& request) {
    if (name == "host") return request.target.authority.host;
    if (request.target.path == "*") return "";
    if (name == "uri") return request.uri;
    return http::path_of(request.uri);
  }

  // "//elsewhere" at the very front would be another host, named by whoever made up the request (RFC 3986
  // §4.2).
  static void append(std::string& out, std::string_view value) {
    while (out.empty() && value.starts_with("//"))
      value.remove_prefix(1);
    out.append(value);
  }

  config::Redirect redirect_;
};

}  // namespace

std::unique_ptr<const Filter> make_redirect(const config::Redirect& redirect) {
  return std::make_unique<Redirect>(redirect);
}

}  // namespace qp::proxy

// What a route does to its requests and responses besides sending them on. A filter is immutable and shared
// by all workers; what it needs to know of one request it is handed.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "http/forwarding.h"
#include "http/message.h"
#include "http/uri.h"
#include "proxy/reply.h"

namespace qp::proxy {

// The request as the client sent it. Nothing of it changes while filters run.
struct RequestView {
  std::string_view method;
  std::string_view uri;  // path and query
  const http::Target& target;
  const http::Client& client;
};

enum class Verdict : uint8_t {
  next,   // on to the next filter, and after the last one to a backend
  reply,  // the filter has written the reply; nobody else is asked
};

class Filter {
 public:
  virtual ~Filter() = default;
  // `head` is on its way to a backend, after http::prepare_request.
  virtual Verdict handle_request(http::RequestHead& head, const RequestView& request, Reply& reply) const;
  // `head` is on its way to the client, after http::prepare_response. Interim heads and our own replies don't
  // pass here.
  virtual void handle_response(http::ResponseHead& head, const RequestView& request) const;
};

using Filters = std::vector<std::unique_ptr<const Filter>>;

// Redirect, rewrite, header rules: in this order, and only those that the route asks for.
Filters make_filters(const config::Route& route);
std::unique_ptr<const Filter> make_redirect(const config::Redirect& redirect);
std::unique_ptr<const Filter> make_rewrite(const config::Rewrite& rewrite);
std::unique_ptr<const Filter> make_header_rules(const config::HeaderRules& rules);

// Requests pass the filters from first to last, responses from last to first.
Verdict filter_request(const Filters& filters, http::RequestHead& head, const RequestView& request,
                       Reply& reply);
void filter_response(const Filters& filters, http::ResponseHead& head, const RequestView& request);

}  // namespace qp::proxy

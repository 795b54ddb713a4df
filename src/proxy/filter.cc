#include "proxy/filter.h"

#include <ranges>

namespace qp::proxy {

Verdict Filter::handle_request(http::RequestHead&, const RequestView&, Reply&) const {
  return Verdict::next;
}

void Filter::handle_response(http::ResponseHead&, const RequestView&) const {}

Filters make_filters(const config::Route& route) {
  Filters filters;
  if (route.redirect) filters.push_back(make_redirect(*route.redirect));
  if (route.rewrite) filters.push_back(make_rewrite(*route.rewrite));
  if (route.headers != config::HeaderRules()) filters.push_back(make_header_rules(route.headers));
  return filters;
}

Verdict filter_request(const Filters& filters, http::RequestHead& head, const RequestView& request,
                       Reply& reply) {
  for (const auto& filter : filters) {
    if (filter->handle_request(head, request, reply) == Verdict::reply) return Verdict::reply;
  }
  return Verdict::next;
}

void filter_response(const Filters& filters, http::ResponseHead& head, const RequestView& request) {
  for (const auto& filter : std::views::reverse(filters))
    filter->handle_response(head, request);
}

}  // namespace qp::proxy

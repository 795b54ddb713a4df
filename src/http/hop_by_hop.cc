#include "http/hop_by_hop.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "http/forwarding.h"
#include "http/text.h"

namespace qp::http {

namespace {

// Fields meant for every recipient: no connection option may take them away, and none belongs behind a body.
constexpr std::array<std::string_view, 14> kEndToEnd{
    "authorization",
    "cache-control",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "cookie",
    "expect",
    "host",
    "max-forwards",
    "proxy-authorization",
    "set-cookie",
    "trailer",
    "via",
};

// Of the trailer section alone: control data that is of use only before the body.
constexpr std::array<std::string_view, 13> kHeadOnly{
    "age",
    "date",
    "expires",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "location",
    "range",
    "retry-after",
    "vary",
    "www-authenticate",
};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_end_to_end(const Field& field) {
  return is_one_of(kEndToEnd, field.name) || is_forwarding_field(field.name);
}

bool is_of_one_hop(Name id) {
  switch (id) {
    case Name::connection:
    case Name::keep_alive:
    case Name::proxy_connection:
    case Name::te:
    case Name::transfer_encoding:
    case Name::upgrade: return true;
    default: return false;
  }
}

bool comes_before(std::string_view a, std::string_view b) {
  return std::ranges::lexicographical_compare(a, b, {}, to_lower, to_lower);
}

// What Connection names, sorted, so that a long list costs no more than its own length.
std::vector<std::string_view> connection_options(const Headers& fields) {
  std::vector<std::string_view> options;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].id != Name::connection) continue;
    for (std::string_view list = fields[i].value; !list.empty();) {
      const std::string_view option = take_element(list);
      if (!option.empty()) options.push_back(option);
    }
  }
  std::ranges::sort(options, comes_before);
  return options;
}

bool takes_trailers(const Headers& fields) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].id != Name::te) continue;
    for (std::string_view list = fields[i].value; !list.empty();) {
      if (equals_ignoring_case(take_element(list), "trailers")) return true;
    }
  }
  return false;
}

}  // namespace

void remove_hop_by_hop(Headers& fields) {
  const bool keeps_te = takes_trailers(fields);
  const std::vector<std::string_view> options = connection_options(fields);
  fields.remove_if([&options](const Field& field) {
    if (is_of_one_hop(field.id)) return true;
    return !options.empty() && std::ranges::binary_search(options, field.name, comes_before) &&
           !is_end_to_end(field);
  });
  if (keeps_te) fields.add(Name::te, "trailers");
}

void remove_forbidden_trailers(Headers& trailers) {
  trailers.remove_if([](const Field& field) {
    return is_of_one_hop(field.id) || is_end_to_end(field) || is_one_of(kHeadOnly, field.name);
  });
}

}  // namespace qp::http

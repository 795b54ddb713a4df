#include "codec/h1_framing.h"

#include <optional>

#include "http/framing.h"
#include "http/hop_by_hop.h"
#include "http/text.h"

namespace qp::codec::h1 {

namespace {

using http::Name;
using http::Version;

struct ConnectionOptions {
  bool close = false;
  bool keep_alive = false;
  bool upgrade = false;
};

// Calls visit(item) for each item of each field of that name.
template <typename Visit>
void for_each_item(const http::Headers& fields, Name name, Visit visit) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].id != name) continue;
    for (std::string_view list = fields[i].value; !list.empty();) {
      const std::string_view item = http::take_element(list);
      if (!item.empty()) visit(item);
    }
  }
}

ConnectionOptions connection_options(const http::Headers& fields) {
  ConnectionOptions options;
  for_each_item(fields, Name::connection, [&options](std::string_view item) {
    if (http::equals_ignoring_case(item, "close")) options.close = true;
    if (http::equals_ignoring_case(item, "keep-alive")) options.keep_alive = true;
    if (http::equals_ignoring_case(item, "upgrade")) options.upgrade = true;
  });
  return options;
}

bool may_keep_alive(const ConnectionOptions& options, Version version) {
  return !options.close && (version == Version::h1_1 || options.keep_alive);
}

// "chunked", once and alone (RFC 9112 §6.1). We have no other coding, and a list is where readers differ.
Parsed<bool> is_chunked(const http::Headers& fields, Version version) {
  const std::optional<std::string_view> coding = fields.find(Name::transfer_encoding);
  if (!coding) return false;
  if (version == Version::h1_0) return malformed("Transfer-Encoding in HTTP/1.0");
  if (fields.count(Name::transfer_encoding) > 1) return malformed("more than one Transfer-Encoding field");
  if (http::equals_ignoring_case(*coding, "chunked")) return true;

  int items = 0;
  int chunked_items = 0;
  bool ends_chunked = false;
  for_each_item(fields, Name::transfer_encoding, [&](std::string_view item) {
    ends_chunked = http::equals_ignoring_case(item, "chunked");
    chunked_items += ends_chunked ? 1 : 0;
    ++items;
  });
  if (items > 1 && ends_chunked && chunked_items == 1) return refuse(501, "an unknown transfer coding");
  return malformed("Transfer-Encoding is not chunked");
}

struct BodyFields {
  bool is_chunked = false;
  std::optional<uint64_t> length;
};

Parsed<BodyFields> body_fields(const http::Headers& fields, Version version, Origin origin) {
  const Parsed<bool> chunked = is_chunked(fields, version);
  if (!chunked) return std::unexpected(chunked.error());
  const Result<std::optional<uint64_t>> length = http::content_length(fields, origin);
  if (!length) return malformed(length.error().detail);
  if (*chunked && length->has_value()) return malformed("both Transfer-Encoding and Content-Length");
  return BodyFields{*chunked, *length};
}

// The protocol a request asks for: the first of the list that we let through.
std::string_view wanted_protocol(const http::Headers& fields) {
  std::string_view wanted;
  for_each_item(fields, Name::upgrade, [&wanted](std::string_view item) {
    if (wanted.empty() && !http::equals_ignoring_case(item, "h2c") &&
        http::is_token(item.substr(0, item.find('/'))))
      wanted = item;
  });
  return wanted;
}

}  // namespace

Parsed<MessageFraming> frame_request(ParsedRequest& request) {
  http::RequestHead& head = request.head;
  const Parsed<BodyFields> body = body_fields(head.fields, request.version, Origin::client);
  if (!body) return std::unexpected(body.error());

  const ConnectionOptions options = connection_options(head.fields);
  MessageFraming framing{.keep_alive = may_keep_alive(options, request.version)};
  if (body->is_chunked) {
    framing.body = Framing::chunked;
  } else if (body->length.value_or(0) > 0) {
    framing.body = Framing::length;
    framing.length = *body->length;
  }

  if (head.method == "CONNECT") {
    if (body->is_chunked || body->length) return malformed("CONNECT with a body");
    framing.body = Framing::tunnel;
  } else if (options.upgrade && request.version == Version::h1_1 && framing.body == Framing::none) {
    head.protocol = wanted_protocol(head.fields);
    if (!head.protocol.empty()) framing.body = Framing::tunnel;
  }
  http::remove_hop_by_hop(head.fields);
  return framing;
}

Parsed<MessageFraming> frame_response(ParsedResponse& response, const Asked& asked) {
  http::ResponseHead& head = response.head;
  const Parsed<BodyFields> body = body_fields(head.fields, response.version, Origin::upstream);
  if (!body) return std::unexpected(body.error());

  const ConnectionOptions options = connection_options(head.fields);
  MessageFraming framing{.keep_alive = may_keep_alive(options, response.version)};
  http::remove_hop_by_hop(head.fields);

  const bool switches = head.status == 101 || (asked.is_connect && head.status / 100 == 2);
  if (switches) {
    if (head.status == 101 && !asked.is_upgrade) return malformed("101 without having been asked");
    return MessageFraming{.body = Framing::tunnel};
  }
  if (!http::may_have_body(asked.is_head ? "HEAD" : "", head.status)) {
    // A server that announces a body with 204 may send one, too.
    if (head.status == 204 && (body->is_chunked || body->length.value_or(0) > 0)) framing.keep_alive = false;
    return framing;
  }
  if (body->is_chunked) {
    framing.body = Framing::chunked;
  } else if (!body->length) {
    framing.body = Framing::until_close;
    framing.keep_alive = false;
  } else if (*body->length > 0) {
    framing.body = Framing::length;
    framing.length = *body->length;
  }
  return framing;
}

}  // namespace qp::codec::h1

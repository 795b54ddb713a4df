#include "codec/h1_send_framing.h"

#include <optional>
#include <string_view>

#include "http/framing.h"

namespace qp::codec::h1 {

namespace {

bool is_all_there(const http::Pipe* body) {
  return body == nullptr || (body->is_ended() && body->trailers() == nullptr);
}
uint64_t size_of(const http::Pipe* body) {
  return body == nullptr ? 0 : body->ready();
}

// A body of known length, announced or counted; none if it isn't known.
Result<std::optional<SendFraming>> frame_by_length(const http::Headers& fields, const http::Pipe* body) {
  const Result<std::optional<uint64_t>> announced = http::content_length(fields, Origin::self);
  if (!announced) return std::unexpected(announced.error());
  if (!announced->has_value() && !is_all_there(body)) return std::nullopt;
  const uint64_t length = announced->value_or(size_of(body));
  if (is_all_there(body) && size_of(body) != length) {
    return fail(ErrorCode::internal, Origin::self, "the body is not as long as its content-length");
  }
  SendFraming framing;
  framing.body = is_all_there(body) && length == 0 ? Framing::none : Framing::length;
  framing.ending.length = length;
  return framing;
}

// RFC 9110 §8.6: whether to say that there is no body, because the method lets one be expected.
bool expects_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

Result<SendFraming> frame_for_sending(const http::RequestHead& head, const http::Pipe* body) {
  SendFraming framing;
  if (head.method == "CONNECT" || !head.protocol.empty()) {
    framing.ending.upgrade = head.method == "CONNECT" ? "" : std::string_view(head.protocol);
    return framing;  // the pipe is the tunnel's, and carries nothing before there is one
  }
  const Result<std::optional<SendFraming>> known = frame_by_length(head.fields, body);
  if (!known) return std::unexpected(known.error());
  if (known->has_value()) {
    framing = **known;
    const bool is_announced = head.fields.has(http::Name::content_length);
    if (framing.body == Framing::none && !is_announced && !expects_body(head.method))
      framing.ending.length.reset();
    return framing;
  }
  framing.body = Framing::chunked;
  framing.ending.is_chunked = true;
  return framing;
}

Result<SendFraming> frame_for_sending(const http::ResponseHead& head, const http::Pipe* body,
                                      const Asked& asked, http::Version version) {
  SendFraming framing;
  if (head.status == 101 || (asked.is_connect && head.status / 100 == 2)) {
    if (body == nullptr || (head.status == 101 && !asked.is_upgrade)) {
      return fail(ErrorCode::internal, Origin::self, "a change of protocol that can't be");
    }
    framing.body = Framing::tunnel;
    return framing;
  }
  if (!http::may_have_body(asked.is_head ? "HEAD" : "", head.status)) {
    const Result<std::optional<uint64_t>> announced = http::content_length(head.fields, Origin::self);
    if (!announced) return std::unexpected(announced.error());
    if (head.status != 204) framing.ending.length = *announced;
    return framing;
  }
  const Result<std::optional<SendFraming>> known = frame_by_length(head.fields, body);
  if (!known) return std::unexpected(known.error());
  if (known->has_value()) return **known;
  framing.body = version == http::Version::h1_0 ? Framing::until_close : Framing::chunked;
  framing.ending.is_chunked = framing.body == Framing::chunked;
  return framing;
}

}  // namespace qp::codec::h1

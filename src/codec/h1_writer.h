// Puts heads, trailers and chunk framing into the bytes of HTTP/1.1. What may not stand on the wire is
// refused here, whoever made it: the last door at which a value with a line end in it could become a second
// request.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace qp::codec::h1 {

// The connection's part of a head, which the message itself doesn't have.
struct HeadEnding {
  std::optional<uint64_t> length;  // Content-Length to write
  bool is_chunked = false;
  bool close = false;
  bool keep_alive = false;   // said aloud, for HTTP/1.0
  std::string_view upgrade;  // the protocol to change to
};

void write_status_line(std::string& out, uint16_t status);

// Both append to `out`; false, and nothing appended, if a byte in them can't be written. Content-Length among
// the fields is passed over: it is written from the ending.
[[nodiscard]] bool write_request(std::string& out, const http::RequestHead& head, const HeadEnding& ending);
[[nodiscard]] bool write_response(std::string& out, const http::ResponseHead& head, const HeadEnding& ending);

void write_chunk_size(std::string& out, uint64_t bytes);
// The chunk of size 0 and what follows it. Trailers that can't be written are left out.
void write_last_chunk(std::string& out, const http::Trailers* trailers);

}  // namespace qp::codec::h1

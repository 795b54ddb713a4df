// How the body of a message of ours goes out, and what its head has to say about that (RFC 9112 §6).
#pragma once
#include "base/result.h"
#include "codec/h1_framing.h"
#include "codec/h1_writer.h"
#include "http/pipe.h"

namespace qp::codec::h1 {

struct SendFraming {
  Framing body = Framing::none;
  HeadEnding ending;
};

// A body goes by its Content-Length if it has one; else by its size where it is all there; else in chunks,
// or, to a client of HTTP/1.0, up to the end of the connection. An error is a contradiction: it would frame
// the message falsely.
Result<SendFraming> frame_for_sending(const http::RequestHead& head, const http::Pipe* body);
Result<SendFraming> frame_for_sending(const http::ResponseHead& head, const http::Pipe* body,
                                      const Asked& asked, http::Version version);

}  // namespace qp::codec::h1

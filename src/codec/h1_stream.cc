#include "codec/h1_stream.h"

#include "codec/h1_codec.h"

namespace qp::codec {

void H1Stream::send_head(const http::RequestHead& head, http::Pipe* body) {
  if (!is_done_) codec_.send_request(head, body);
}

void H1Stream::send_head(const http::ResponseHead& head, http::Pipe* body) {
  if (!is_done_) codec_.send_response(head, body);
}

void H1Stream::wake() {
  if (!is_done_) codec_.wake();
}

// The pipe itself says how much room there is.
void H1Stream::credit(uint64_t) {
  if (!is_done_) codec_.read_on();
}

void H1Stream::reset(http::Reason) {
  if (!is_done_) codec_.handle_reset();
}

void H1Stream::handle_detached() {
  codec_.handle_detached(*this);
}

}  // namespace qp::codec

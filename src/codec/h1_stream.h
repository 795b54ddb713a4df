// The one request and response that are under way on an HTTP/1.x connection, as its owner sees them.
#pragma once
#include "http/stream.h"

namespace qp::codec {

class H1Codec;

class H1Stream final : public http::Stream {
 public:
  explicit H1Stream(H1Codec& codec) : codec_(codec) {}

  void send_head(const http::RequestHead& head, http::Pipe* body) override;
  void send_head(const http::ResponseHead& head, http::Pipe* body) override;
  void wake() override;
  void credit(uint64_t bytes) override;
  void reset(http::Reason reason) override;

  // Neither the wire nor an owner needs it.
  bool is_free() const { return is_done_ && !has_owner(); }

 private:
  friend class H1Codec;
  void handle_detached() override;

  H1Codec& codec_;
  bool is_done_ = false;  // the wire needs it no more: what is asked of it then has no effect
};

}  // namespace qp::codec

// One request and its response, at either end. What comes in is counted and forgotten; a body that goes out
// is the same bytes again and again.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/list.h"
#include "http/stream.h"

namespace qp::load {

struct DirtyTalks;
class Talk;
using DirtyList = List<Talk, DirtyTalks>;

class Talk : public ListNode<DirtyTalks>, private http::StreamOwner {
 public:
  Talk(DirtyList& dirty, http::Stream& stream) : stream_(stream), dirty_(dirty) {
    stream_.attach(*this, incoming_);
    changed(stream_);
  }
  virtual ~Talk() { stream_.detach(); }

  // Moves bodies. False: it is over.
  virtual bool go_on() {
    incoming_.take(incoming_.ready());
    if (const uint64_t credit = incoming_.take_credit(); credit > 0) stream_.credit(credit);
    if (fill()) stream_.wake();
    return !has_failed() && !(stream_.in.ended && outgoing_.is_finished());
  }
  bool has_failed() const { return stream_.in.fault.has_value(); }
  uint64_t received() const { return incoming_.filled(); }

 protected:
  // Announces a body of that size; what send_head() is to be given.
  http::Pipe* promise(uint64_t bytes, http::Headers& fields) {
    fields.add(http::Name::content_length, std::to_string(bytes));
    left_ = bytes;
    fill();
    return bytes > 0 ? &outgoing_ : nullptr;
  }
  http::Pipe* promise_nothing() {
    outgoing_.end();
    return nullptr;
  }

  http::Stream& stream_;

 private:
  static constexpr uint32_t kPipeBytes = 256 * 1024;

  void changed(http::Stream& /*stream*/) override {
    if (!dirty_.holds(*this)) dirty_.push_back(*this);
  }
  bool fill() {
    static const std::string payload(64 * 1024, 'x');
    if (!is_promised() || outgoing_.is_ended()) return false;
    while (left_ > 0 && outgoing_.room() > 0) {
      const auto size = std::min<uint64_t>({left_, payload.size(), outgoing_.room()});
      outgoing_.push(Slice::of_static(std::string_view(payload).substr(0, size)));
      left_ -= size;
    }
    if (left_ == 0) outgoing_.end();
    return true;
  }
  bool is_promised() const { return left_ != kNothingPromised; }

  static constexpr uint64_t kNothingPromised = UINT64_MAX;
  DirtyList& dirty_;
  http::Pipe incoming_{kPipeBytes};
  http::Pipe outgoing_{kPipeBytes};
  uint64_t left_ = kNothingPromised;
};

}  // namespace qp::load

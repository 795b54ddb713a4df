// One request at a time through an Attempt, in the place of an exchange.
#pragma once
#include <optional>
#include <string>

#include "http/pipe.h"
#include "upstream/attempt.h"

namespace qp::test {

class LineClient final : private upstream::AttemptOwner, private http::StreamOwner {
 public:
  upstream::Attempt attempt{*this};
  int told = 0;

  // Sends as soon as there is a stream; call it every turn.
  void advance() {
    if (attempt.state() != upstream::Attempt::State::open || is_sent_) return;
    attempt.stream().attach(*this, body_);
    http::RequestHead head;
    head.path = "/line";
    attempt.stream().send_head(head, nullptr);
    is_sent_ = true;
  }
  bool is_open() const { return attempt.state() == upstream::Attempt::State::open; }
  bool is_waiting() const { return attempt.state() == upstream::Attempt::State::waiting; }
  bool has_failed() const { return attempt.state() == upstream::Attempt::State::failed; }
  bool is_answered() const { return is_open() && attempt.stream().in.ended; }
  bool has_fault() const { return is_open() && attempt.stream().in.fault.has_value(); }
  void release() {
    attempt.release();
    is_sent_ = false;
  }

 private:
  void changed(upstream::Attempt& /*attempt*/) override { ++told; }
  void changed(http::Stream& /*stream*/) override {}

  http::Pipe body_{1024};
  bool is_sent_ = false;
};

}  // namespace qp::test

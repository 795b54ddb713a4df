// A backend over HTTP/1.1 that answers /N with N bytes, whatever is sent to it, once it was sent whole.
#pragma once
#include <charconv>
#include <memory>
#include <utility>

#include "load/machine.h"
#include "load/talk.h"
#include "server/tcp_front.h"

namespace qp::load {

class Answer final : public Talk {
 public:
  using Talk::Talk;
  bool go_on() override {
    const bool goes_on = Talk::go_on();
    if (!stream_.in.ended || stream_.in.request == nullptr) return goes_on;
    answer(*std::exchange(stream_.in.request, nullptr));
    return Talk::go_on();
  }

 private:
  void answer(const http::RequestHead& request) {
    uint64_t size = 0;
    const char* begin = request.path.data();
    std::from_chars(begin + 1, begin + request.path.size(), size);
    http::ResponseHead head;
    head.status = 200;
    http::Pipe* body = promise(size, head.fields);
    stream_.send_head(head, body);
  }
};

class Backend final : private http::StreamAcceptor {
 public:
  Backend(Machine& machine, io::Fd listener)
      : front_({machine.reactor, *this, limits_, {}, {}}, std::move(listener)) {}

  bool is_over() const { return false; }  // it serves until it is killed
  bool ingest() { return front_.accept_more(); }
  bool go_on() {
    const bool has_work = !dirty_.empty();
    while (Talk* talk = dirty_.pop_front()) {
      if (!talk->go_on()) delete talk;
    }
    return has_work;
  }
  void flush() {}

 private:
  void accept(http::Stream& stream) override { new Answer(dirty_, stream); }  // owns itself until it is over

  conn::ClientLimits limits_{100'000, 100'000};
  DirtyList dirty_;
  server::TcpFront front_;
};

}  // namespace qp::load

#include "blunt_backend.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "plan.h"

namespace qp::sim {

namespace {

constexpr uint32_t kAnswerBytesMax = 100 * 1024;

}  // namespace

// One connection, which is one request.
class BluntBackend::Visit final : private io::EventHandler {
 public:
  Visit(BluntBackend& home, io::Fd fd) : home_(home), fd_(std::move(fd)) {
    if (!home.outside_.loop.add(fd_.get(), *this)) std::abort();
  }
  ~Visit() { home_.outside_.loop.remove(fd_.get()); }

  // False when it is over.
  bool go_on() {
    if (!read()) return false;
    if (!writer_ && request_.find("\r\n\r\n") != std::string::npos && !answer()) return false;
    return !writer_ || write();
  }

 private:
  void handle_events(io::Events, const Turn&) override { home_.mark(); }

  // Until the proxy has closed its side too; nothing but the head is of interest.
  bool read() {
    std::array<unsigned char, 4096> bytes;
    for (;;) {
      const Result<size_t> got = io::read_some(fd_.get(), bytes);
      if (!got) return got.error().code == ErrorCode::would_block;
      if (!writer_) request_.append(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(*got));
    }
  }

  bool answer() {
    Random& random = home_.outside_.random;
    const size_t start = request_.find(' ') + 1;
    const std::string_view path = std::string_view(request_).substr(start, request_.find(' ', start) - start);
    if (path == kCheckPath) return say("HTTP/1.0 200 OK\r\n\r\n", 0, 0);
    Case* one = home_.ledger_.find(path);
    if (one == nullptr) return false;
    const uint64_t bytes = 1 + random.below(kAnswerBytesMax);
    const bool lies = random.one_in(3);
    const bool has_body = one->method != "HEAD";
    const Answer planned{.status = 200, .bytes = bytes, .may_be_whole = !lies || !has_body};
    const size_t place = home_.ledger_.taken_in_hand(*one, planned);
    if (random.one_in(8)) return say("SSH-2.0-OpenSSH_9.2\r\n\r\n", 0, 0);  // no HTTP at all
    if (random.one_in(8)) return say("HTTP/1.1 200 OK\r\nX-Ans", 0, 0);     // ends within its head
    const std::string length =
        lies ? fmt::format("Content-Length: {}\r\n", bytes + 1 + random.below(1000)) : "";
    return say(fmt::format("HTTP/1.{} 200 OK\r\nX-Answer: {}\r\n{}\r\n", random.below(2), place, length),
               one->response_body(), has_body ? bytes : 0);
  }

  bool say(std::string head, uint64_t body_number, uint64_t body_bytes) {
    head_ = std::move(head);
    writer_.emplace(body_number, body_bytes);
    return true;
  }

  bool write() {
    for (;;) {
      while (writer_->write(body_, home_.outside_.blocks, home_.outside_.random, 10'000)) {
      }
      std::array<http::Bytes, 8> pieces;
      const bool has_head = !head_.empty();
      if (has_head) pieces[0] = {reinterpret_cast<const unsigned char*>(head_.data()), head_.size()};
      const size_t count = has_head ? 1 : body_.peek(pieces, body_.ready());
      if (count == 0) break;
      const Result<size_t> sent = io::write_some(fd_.get(), std::span(pieces).first(count));
      if (!sent) return sent.error().code == ErrorCode::would_block;
      if (has_head) {
        head_.erase(0, *sent);
      } else {
        body_.take(*sent);
      }
    }
    if (!std::exchange(is_said_, true)) io::shutdown_write(fd_.get());
    return true;
  }

  BluntBackend& home_;
  io::Fd fd_;
  std::string request_;
  std::string head_;
  http::Pipe body_{32 * 1024};
  std::optional<BodyWriter> writer_;  // once it has an answer
  bool is_said_ = false;
};

BluntBackend::BluntBackend(Outside& outside, Ledger& ledger, const Address& address)
    : Party(outside), ledger_(ledger) {
  Result<io::Fd> fd = io::listen_tcp(address, {});
  if (!fd || !outside.loop.add(fd->get(), *this)) std::abort();
  listener_ = std::move(*fd);
}

BluntBackend::~BluntBackend() {
  outside_.loop.remove(listener_.get());
}

void BluntBackend::advance() {
  while (auto accepted = io::accept_tcp(listener_.get())) {
    visits_.push_back(std::make_unique<Visit>(*this, std::move(accepted->fd)));
  }
  std::erase_if(visits_, [](const std::unique_ptr<Visit>& visit) { return !visit->go_on(); });
}

}  // namespace qp::sim

// A server on loopback that answers every request with the same bytes, whatever they are, driven by the turns
// of a ReactorWorld.
#pragma once
#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <string>
#include <vector>

#include "io/socket.h"
#include "support/reactor_world.h"

namespace qp::test {

class ScriptBackend {
 public:
  explicit ScriptBackend(std::string_view ip = "127.0.0.1") {
    listener_ = *io::listen_tcp(*Address::parse(ip, 0), {});
    address_ = *io::local_address(listener_.get());
  }

  // Once a turn.
  void advance() {
    while (listener_.is_open()) {
      Result<io::Accepted> accepted = io::accept_tcp(listener_.get());
      if (!accepted) break;
      ++accepted_;
      visits_.push_back({std::move(accepted->fd), {}});
    }
    std::erase_if(visits_, [this](Visit& visit) { return !serve(visit); });
  }

  // Goes down, and comes back at the same place.
  void stop() {
    listener_ = {};
    visits_.clear();
  }
  void start() { listener_ = *io::listen_tcp(address_, {}); }

  // To each request; empty: never a word.
  std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  bool closes_after_answer = false;

  const Address& address() const { return address_; }
  uint16_t port() const { return address_.port(); }
  size_t accepted() const { return accepted_; }
  size_t live() const { return visits_.size(); }
  const std::vector<std::string>& requests() const { return requests_; }  // their heads
  const std::vector<std::string>& bodies() const { return bodies_; }      // of a length that was told

 private:
  struct Visit {
    io::Fd fd;
    std::string received;
  };

  static size_t content_length(const std::string& head) {
    constexpr std::string_view kName = "content-length: ";
    const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
    const auto at = std::ranges::search(head, kName, same);
    return at.empty() ? 0 : std::stoul(std::string(at.end(), head.end()));
  }

  bool serve(Visit& visit) {
    std::array<unsigned char, 4096> bytes;
    for (;;) {
      const Result<size_t> got = io::read_some(visit.fd.get(), bytes);
      if (!got && got.error().code != ErrorCode::would_block) return false;
      if (!got) break;
      visit.received.append(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(*got));
    }
    const size_t end = visit.received.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    const size_t length = content_length(visit.received.substr(0, end));
    if (visit.received.size() < end + 4 + length) return true;
    requests_.push_back(visit.received.substr(0, end));
    bodies_.push_back(visit.received.substr(end + 4, length));
    visit.received.erase(0, end + 4 + length);
    const std::span<const unsigned char> piece(reinterpret_cast<const unsigned char*>(answer.data()),
                                               answer.size());
    if (!answer.empty()) (void)io::write_some(visit.fd.get(), {&piece, 1});
    return !closes_after_answer;
  }

  io::Fd listener_;
  Address address_;
  size_t accepted_ = 0;
  std::vector<Visit> visits_;
  std::vector<std::string> requests_;
  std::vector<std::string> bodies_;
};

}  // namespace qp::test

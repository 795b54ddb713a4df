// A name server on loopback (RFC 1035) that says what the test tells it to. It knows IPv4 addresses only; a
// name without any doesn't exist.
#pragma once
#include <arpa/inet.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/udp.h"

namespace qp::test {

class FakeNameServer {
 public:
  FakeNameServer() : socket_(*io::UdpSocket::bind(*Address::parse("127.0.0.1", 0), {.offload = false})) {}

  struct Record {
    std::vector<std::string> addresses;
    uint32_t ttl_seconds = 60;
  };
  std::map<std::string, Record> records;  // by name without the final dot
  bool is_mute = false;
  int questions = 0;  // for IPv4 addresses

  std::string address_text() const { return socket_.local().text(); }

  // Answers what has come in; once a turn.
  void serve() {
    for (const io::Datagram& datagram : socket_.receive()) {
      const std::vector<unsigned char> reply = answer({datagram.bytes.begin(), datagram.bytes.end()});
      if (reply.empty() || is_mute) continue;
      const std::span<unsigned char> out = socket_.reserve(reply.size());
      std::copy(reply.begin(), reply.end(), out.begin());
      socket_.commit(reply.size(), reply.size(), datagram.local, datagram.remote, 0);
    }
    socket_.flush();
  }

 private:
  static constexpr size_t kHeadBytes = 12;
  static constexpr unsigned char kTypeA = 1;

  std::vector<unsigned char> answer(std::vector<unsigned char> query) {
    std::string name;
    size_t at = kHeadBytes;
    while (at < query.size() && query[at] != 0) {
      if (!name.empty()) name += '.';
      name.append(reinterpret_cast<const char*>(&query[at + 1]), query[at]);
      at += query[at] + 1U;
    }
    if (at + 5 > query.size()) return {};
    const bool asks_for_v4 = query[at + 2] == kTypeA;
    if (asks_for_v4) ++questions;
    query.resize(at + 5);  // the question, without what may follow it

    const auto known = records.find(name);
    const bool exists = known != records.end() && !known->second.addresses.empty();
    query[2] = 0x81;                                                 // a response; recursion was desired
    query[3] = static_cast<unsigned char>(0x80 | (exists ? 0 : 3));  // recursion is available; NXDOMAIN
    for (size_t i = 6; i < kHeadBytes; ++i)
      query[i] = 0;
    if (!exists || !asks_for_v4) return query;
    query[7] = static_cast<unsigned char>(known->second.addresses.size());
    for (const std::string& address : known->second.addresses) {
      const uint32_t ttl = known->second.ttl_seconds;
      for (const unsigned byte :
           {0xc0U, 0x0cU, 0U, 1U, 0U, 1U, ttl >> 24, ttl >> 16, ttl >> 8, ttl, 0U, 4U}) {
        query.push_back(static_cast<unsigned char>(byte & 0xff));
      }
      in_addr bytes = {};
      inet_pton(AF_INET, address.c_str(), &bytes);
      const auto* first = reinterpret_cast<const unsigned char*>(&bytes);
      query.insert(query.end(), first, first + sizeof bytes);
    }
    return query;
  }

  io::UdpSocket socket_;
};

}  // namespace qp::test

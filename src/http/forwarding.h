// Who asked: the fields by which a proxy tells the next hop what it knows of the client (RFC 9110 §7.6.3, RFC
// 7239 and their older relatives), and what of that we believe when we are told it ourselves.
//
//   peer        X-Forwarded-For, Forwarded, Via     X-Forwarded-Proto, -Host      X-Real-IP, Early-Data
//   untrusted   removed, then ours alone            ours                          ours, removed
//   trusted     kept, ours appended                 kept, ours where missing      ours, kept
//
// Via is appended to in both cases: it says which way a message took, not who sent it.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/network.h"
#include "http/message.h"
#include "http/peer.h"

namespace qp::http {

// Who a request comes from, seen through the proxies in front of us that we trust.
struct Client {
  std::string address;               // the IP address as text
  std::string_view scheme = "http";  // by which it reached the first trusted proxy, or us: "http" or "https"
  bool is_behind_trusted = false;    // the peer itself is a trusted proxy
};

// X-Forwarded-For is read from right to left; the first address that is no trusted proxy is the client.
// Something that is no address ends the walk: what stands left of it was written by nobody we trust.
Client client_of(const Headers& fields, const Peer& peer, std::span<const Network> trusted);

// Whether a field says who the client is: Forwarded, X-Forwarded-*, X-Real-IP, Early-Data, and the same
// spelled with underscores, which CGI-like backends can't tell from them.
bool is_forwarding_field(std::string_view lower_case_name);

// Makes the table above true for the head of a request that is to be sent on.
void set_forwarding_fields(RequestHead& head, const Client& client, const Peer& peer);

// Appends "1.1 pseudonym" or the like to Via; `received` is the version the message came in by.
void append_via(Headers& fields, Version received, std::string_view pseudonym);

// How often the message has passed a proxy of that name before.
size_t count_via(const Headers& fields, std::string_view pseudonym);

}  // namespace qp::http

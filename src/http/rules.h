// The rules of RFC 9110 for a message that passes through a proxy, once for all wires: what is refused, what
// is taken out, what is added. Pure functions of heads and facts. Connection fields are none of their
// business: a codec takes them out of what it reads, or refuses them.
//
//   request:   check_request ─► route ─► prepare_request ─► filters ─► backend
//   response:  backend ─► may_forward_interim | prepare_response ─► filters ─► client
#pragma once
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "http/answer.h"
#include "http/forwarding.h"
#include "http/message.h"
#include "http/uri.h"

namespace qp::http {

// What is known of a request besides its head.
struct RequestFacts {
  Version version = Version::h1_1;
  const Peer& peer;
  bool is_early_data = false;  // it came in 0-RTT data and the handshake is not confirmed yet (RFC 8470)
};

// A proxy meets its own name that often in Via before it believes in a loop; several may share a name.
inline constexpr size_t kViaHopsMax = 8;

// What does not depend on the route:
//   400  authority, path, scheme or Content-Length can't be read
//   200  OPTIONS with Max-Forwards: 0, of which we are the final recipient (§7.6.2)
//   417  an expectation other than 100-continue (§10.1.1)
//   425  a method that is not safe in early data (RFC 8470 §5.2)
//   501  CONNECT and TRACE
//   508  a loop
std::expected<Target, Answer> check_request(const RequestHead& head, const RequestFacts& facts,
                                            std::string_view pseudonym);

// Turns a checked head into the one that goes to a backend. `client` is client_of() of the same head as
// received.
void prepare_request(RequestHead& head, const RequestFacts& facts, const Client& client,
                     std::string_view pseudonym);

struct ResponseFacts {
  Version received = Version::h1_1;  // the version the backend answered by
  Version client = Version::h1_1;    // and the one the client asks by
  std::string_view pseudonym;
  std::string_view date;     // for responses without one (§6.6.1); see http/date.h
  std::string_view alt_svc;  // ours, for clients on TCP; empty: none
};

// Turns a backend's final head into the one that goes to the client.
void prepare_response(ResponseHead& head, const ResponseFacts& facts);

// Whether a 1xx head, of which only what makes sense before a response is kept, may go on (§15.2): not to
// HTTP/1.0, and never 101, which is not ours to give.
bool prepare_interim(ResponseHead& head, const ResponseFacts& facts);

// Whether the client waits for 100 (Continue) before it sends the body (§10.1.1).
bool expects_continue(const RequestHead& head, Version version);

// Whether one of the certificate's names, wildcards included, stands for `host` (RFC 6125 §6.4.3). `host` is
// normalised.
bool covers(std::span<const std::string> certificate_names, std::string_view host);

// Whether to answer 421 (RFC 9110 §15.5.20, RFC 9114 §3.3): the client came to one name by SNI and now asks
// for another that the certificate it was shown does not stand for. Without SNI, or for the name it came to,
// it knows what it does.
bool is_misdirected(const Peer& peer, const Authority& asked);

}  // namespace qp::http

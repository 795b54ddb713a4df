// A request to the running process and its answer, as values: what handlers work with. A handler reads no
// wire and waits for nothing; one that can't answer at once makes a promise (admin/promise.h).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/headers.h"
#include "http/peer.h"

namespace qp::admin {

class EventHub;

// Valid during the call that it is handed to.
struct Request {
  std::string_view method;     // GET where it was HEAD
  std::string_view authority;  // host and perhaps port, as the client wrote them
  std::string_view host;       // the host of it, normalised
  std::string_view path;       // normalised, without query
  std::string_view query;      // with its question mark; may be empty
  const http::Headers& fields;
  std::string_view body;
  const http::Peer& peer;

  // The parameter's first value in the query, decoded; none where it is missing or its escapes are broken.
  std::optional<std::string> parameter(std::string_view name) const;
};

struct Response {
  uint16_t status = 200;
  std::string type = "application/json";
  std::string body;
  http::Headers fields;        // besides those that every answer has
  EventHub* events = nullptr;  // the body goes on with what is published here; outlives the conversation
};

// `body` is one line.
Response json_response(std::string body, uint16_t status = 200);

// An error as all of them look: `error` is a word for programs, `message` a sentence for people.
Response refusal(uint16_t status, std::string_view error, std::string_view message);

}  // namespace qp::admin

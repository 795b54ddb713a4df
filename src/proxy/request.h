// What a client asks for: as it was written, as routes see it, and as it goes to backends.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"
#include "http/forwarding.h"
#include "http/message.h"
#include "http/stream.h"
#include "http/uri.h"
#include "observe/exchange_record.h"
#include "proxy/filter.h"
#include "proxy/trace.h"

namespace qp::proxy {

struct Request {
  std::unique_ptr<http::RequestHead> head;  // as it goes to backends; null before it was taken
  http::Target target;                      // what the client asked for: as routes saw it,
  std::string uri;                          // and as it was written
  http::Client client;
  std::string id;
  Trace trace;

  void take_head(http::Stream& from);
  // By one name it is found in our log, in the backend's, and in that of a proxy before us that we trust.
  void name(Random& random);

  // Before a head was taken these are empty.
  std::string_view method() const { return head != nullptr ? std::string_view(head->method) : ""; }
  std::string_view accept() const;
  RequestView view() const;
  // Fills in what the record says of the request and of who sent it, with text borrowed from both.
  void describe(const http::Stream& from, observe::ExchangeRecord& record) const;
};

}  // namespace qp::proxy

// A client's connection to the proxy, whatever it is made of.
#pragma once
#include "http/stream.h"

namespace qp::sim {

class Wire {
 public:
  virtual ~Wire() = default;

  virtual bool is_usable() const = 0;  // open() would give a stream
  virtual bool is_dead() const = 0;    // it never will again
  virtual bool is_gone() const = 0;    // nothing of it is left: it may be destroyed
  virtual const char* error() const = 0;
  virtual http::Stream* open() = 0;
  virtual void close() = 0;
  // Its address changes under way, where the transport survives that.
  virtual void rebind() = 0;
};

}  // namespace qp::sim

// A health check in the hands of a backend's application.
#pragma once
#include "http/pipe.h"
#include "http/stream.h"
#include "outside.h"

namespace qp::sim {

class Backend;

class Checkup final : public Party, private http::StreamOwner {
 public:
  Checkup(Backend& backend, http::Stream& stream);
  ~Checkup() override = default;

  void advance() override;

 private:
  void changed(http::Stream&) override { mark(); }

  Backend& backend_;
  http::Stream& stream_;
  http::Pipe request_{1024};
  TimePoint speaks_at_;
};

}  // namespace qp::sim

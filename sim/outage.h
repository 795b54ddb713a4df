// What befalls a backend: it is well, then it isn't for a while, then it is again, a few times.
#pragma once
#include "backend.h"
#include "outside.h"

namespace qp::sim {

class Outage final : public Party {
 public:
  Outage(Outside& outside, Backend& backend);
  ~Outage() override = default;

  void advance() override;
  bool is_over() const { return left_ == 0; }

 private:
  Duration random_time(Duration max);

  Backend& backend_;
  uint32_t left_;     // changes to come, the last one for the better
  bool is_flapping_;  // each of them soon after the last
};

}  // namespace qp::sim

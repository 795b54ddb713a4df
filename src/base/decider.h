// Somebody who decides things in the advance step of a turn: it has marked itself dirty when facts came up,
// looks at them once when it is its turn, and lets go of what is over at reap.
#pragma once

namespace qp {

class Decider {
 public:
  virtual bool is_dirty() const = 0;  // something waits for advance()
  virtual void advance() = 0;
  virtual void reap() = 0;

 protected:
  ~Decider() = default;
};

}  // namespace qp

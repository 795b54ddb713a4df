// An answer that will come: kept at once or in a later turn, once, on the thread that it was given on. Either
// side may die first: an answer that nobody waits for any more is dropped, and a promise that dies unkept is
// answered with 503.
//
//   Asker ◄─────► Promise
#pragma once
#include <utility>

#include "admin/message.h"

namespace qp::admin {

class Promise;

// Waits for one answer. It may come before whoever was asked returns, so the asker notes it and no more.
class Asker {
 public:
  Asker() = default;
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

 protected:
  ~Asker() { leave(); }
  virtual void take_answer(Response response) = 0;
  // Wants no answer any more.
  void leave();

 private:
  friend class Promise;
  Promise* promise_ = nullptr;
};

class Promise {
 public:
  explicit Promise(Asker& asker) : asker_(&asker) { asker.promise_ = this; }
  Promise(Promise&& other) noexcept { follow(other); }
  Promise& operator=(Promise&& other) noexcept {
    if (this != &other) {
      give_up();
      follow(other);
    }
    return *this;
  }
  ~Promise() { give_up(); }

  bool is_wanted() const { return asker_ != nullptr; }
  void keep(Response response) {
    if (asker_ == nullptr) return;
    Asker& asker = *std::exchange(asker_, nullptr);
    asker.promise_ = nullptr;
    asker.take_answer(std::move(response));
  }

 private:
  friend class Asker;

  void give_up() {
    if (is_wanted()) keep(refusal(503, "no_answer", "whoever was to answer is gone"));
  }
  void follow(Promise& other) {
    asker_ = std::exchange(other.asker_, nullptr);
    if (asker_ != nullptr) asker_->promise_ = this;
  }

  Asker* asker_ = nullptr;  // null once kept, or left
};

inline void Asker::leave() {
  if (promise_ != nullptr) std::exchange(promise_, nullptr)->asker_ = nullptr;
}

}  // namespace qp::admin

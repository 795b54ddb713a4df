// Messages from any thread to one worker. The only thing that threads share by writing; a wake-up costs one
// eventfd write for however many messages wait.
#pragma once
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "io/socket.h"

namespace qp::io {

class Wakeup {  // an eventfd
 public:
  Wakeup();
  int fd() const { return fd_.get(); }
  void signal();
  void clear();

 private:
  Fd fd_;
};

// The mutex is held for a push_back or a swap; it is never held while a message is handled (docs/decisions/).
template <typename Message>
class Mailbox {
 public:
  int fd() const { return wakeup_.fd(); }

  void post(Message message) {
    bool was_empty;
    {
      const std::lock_guard lock(mutex_);
      was_empty = waiting_.empty();
      waiting_.push_back(std::move(message));
    }
    if (was_empty) wakeup_.signal();
  }

  // All messages posted so far, in order.
  std::vector<Message> take_all() {
    wakeup_.clear();
    std::vector<Message> taken;
    const std::lock_guard lock(mutex_);
    taken.swap(waiting_);
    return taken;
  }

 private:
  std::mutex mutex_;
  std::vector<Message> waiting_;
  Wakeup wakeup_;
};

}  // namespace qp::io

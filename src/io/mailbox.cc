#include "io/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdlib>

namespace qp::io {

Wakeup::Wakeup() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (!fd_.is_open()) std::abort();
}

void Wakeup::signal() {
  // Fails only if the counter is full: then the reader has not looked for 2^64 signals and is awake anyhow.
  [[maybe_unused]] const int result = ::eventfd_write(fd_.get(), 1);
}

void Wakeup::clear() {
  eventfd_t count = 0;
  [[maybe_unused]] const int result = ::eventfd_read(fd_.get(), &count);  // fails if nobody signalled: fine
}

}  // namespace qp::io

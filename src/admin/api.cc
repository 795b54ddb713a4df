#include "admin/api.h"

#include <cassert>
#include <utility>

namespace qp::admin {

Api::Api(const Parts& parts, Resources resources, std::string server_name)
    : parts_(parts), resources_(std::move(resources)), server_name_(std::move(server_name)) {}

Api::~Api() {
  assert(live() == 0);
}

void Api::accept(http::Stream& stream) {
  slab_.make(*this, stream);
}

void Api::advance() {
  dirty_.take_each([](Conversation& conversation) { conversation.advance(); });
}

void Api::reap() {
  while (Conversation* conversation = done_.pop_front())
    slab_.destroy(*conversation);
}

}  // namespace qp::admin

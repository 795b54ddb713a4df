#include "upstream/pools.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace qp::upstream {

Pools::Pools(conn::Reactor& reactor, conn::CodecFactory& codecs, uint64_t seed)
    : reactor_(reactor), codecs_(codecs), seed_(seed) {}

Pools::~Pools() = default;

Pool& Pools::acquire(const std::shared_ptr<Backend>& backend) {
  for (Entry& entry : entries_) {
    if (entry.is_apart || &entry.pool->backend() != backend.get()) continue;
    if (entry.users++ == 0) entry.pool->resume();
    return *entry.pool;
  }
  entries_.push_back({std::make_unique<Pool>(reactor_, codecs_, backend, seed_), 1});
  return *entries_.back().pool;
}

Pool& Pools::acquire_at(const std::shared_ptr<Backend>& backend, const Address& address) {
  entries_.push_back({std::make_unique<Pool>(reactor_, codecs_, backend, seed_), 1, true});
  Pool& pool = *entries_.back().pool;
  pool.set_addresses(std::make_shared<const AddressList>(1, address));
  return pool;
}

void Pools::release(Pool& pool) {
  const auto entry =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.pool.get() == &pool; });
  assert(entry != entries_.end() && entry->users > 0);
  if (--entry->users == 0) pool.drain();
}

void Pools::set_addresses(const Backend& backend, std::shared_ptr<const AddressList> addresses) {
  if (Pool* pool = find(backend); pool != nullptr) pool->set_addresses(std::move(addresses));
}

void Pools::look_at_standing(const Backend& backend) {
  if (Pool* pool = find(backend); pool != nullptr) pool->look_at_standing();
}

Pool* Pools::find(const Backend& backend) {
  for (Entry& entry : entries_) {
    if (!entry.is_apart && &entry.pool->backend() == &backend) return entry.pool.get();
  }
  return nullptr;
}

void Pools::close_all() {
  for (Entry& entry : entries_)
    entry.pool->close();
}

void Pools::sweep() {
  std::erase_if(entries_, [](const Entry& entry) { return entry.users == 0 && entry.pool->is_unused(); });
}

}  // namespace qp::upstream

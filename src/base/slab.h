// Fixed-size objects at stable addresses. Freed places are used again before new memory is asked for.
#pragma once
#include <cassert>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace qp {

template <typename T, size_t kChunkObjects = 64>
class Slab {
 public:
  Slab() = default;
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;
  ~Slab() { assert(live_ == 0); }

  template <typename... Args>
  T& make(Args&&... args) {
    if (free_ == nullptr) grow();
    Place* place = free_;
    free_ = place->next;
    ++live_;
    return *::new (place->bytes) T(std::forward<Args>(args)...);
  }

  void destroy(T& item) {
    item.~T();
    Place* place = reinterpret_cast<Place*>(&item);
    place->next = free_;
    free_ = place;
    --live_;
  }

  size_t live() const { return live_; }

 private:
  union Place {
    Place* next;
    alignas(T) unsigned char bytes[sizeof(T)];
  };

  void grow() {
    chunks_.push_back(std::make_unique_for_overwrite<Place[]>(kChunkObjects));
    for (size_t i = kChunkObjects; i-- > 0;) {
      Place& place = chunks_.back()[i];
      place.next = free_;
      free_ = &place;
    }
  }

  std::vector<std::unique_ptr<Place[]>> chunks_;
  Place* free_ = nullptr;
  size_t live_ = 0;
};

}  // namespace qp

// The library's door for generators of one's own is deprecated since providers took its place; for a test it
// is still the shortest way.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "entropy.h"

#include <openssl/rand.h>

#include <cstdlib>

#include "base/random.h"

namespace qp::sim {

namespace {

constinit Random* g_random = nullptr;

int fill(unsigned char* out, int size) {
  for (int i = 0; i < size; ++i)
    out[i] = static_cast<unsigned char>(g_random->next());
  return 1;
}

int status() {
  return 1;
}

constexpr RAND_METHOD kMethod = {
    .seed = nullptr, .bytes = fill, .cleanup = nullptr, .add = nullptr, .pseudorand = fill, .status = status};

}  // namespace

void seed_entropy(uint64_t seed) {
  static Random random(0);
  random = Random(seed);
  g_random = &random;
  if (RAND_set_rand_method(&kMethod) != 1) std::abort();
}

}  // namespace qp::sim

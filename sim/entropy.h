// Random bytes of the TLS library, from the seed: connection IDs, keys and nonces are the same in every run
// of a world.
#pragma once
#include <cstdint>

namespace qp::sim {

// From now on. One for the whole process, as the library has it.
void seed_entropy(uint64_t seed);

}  // namespace qp::sim

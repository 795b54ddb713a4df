// Hashes that stay the same between processes, machines and releases: several proxies, or one before and
// after a restart, must mean the same place by the same key. They have no secret, so whoever chooses the keys
// also chooses where they meet.
#pragma once
#include <cstdint>
#include <string_view>

namespace qp {

// Every bit of the result depends on every bit of the value, and no two values give the same (splitmix64).
constexpr uint64_t spread(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

// FNV-1a, spread.
constexpr uint64_t hash_of(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return spread(hash);
}

}  // namespace qp

// The simulation: lives through one world per seed, and stops at the first in which a rule does not hold.
//
//   sim --seeds 1..2000        sim --seed 17 --trace        sim --file seeds.txt
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "world.h"

namespace {

constexpr const char* kUsage = "usage: sim [--seeds FROM..TO | --seed N | --file SEEDS] [--trace]\n";

volatile sig_atomic_t g_seed = 0;  // for the handler: an assertion of the proxy ends the process

extern "C" void say_seed(int signal_number) {
  std::signal(signal_number, SIG_DFL);
  char text[64];
  const int size =
      std::snprintf(text, sizeof text, "seed %ld: signal %d\n", static_cast<long>(g_seed), signal_number);
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, static_cast<size_t>(size));
  std::raise(signal_number);
}

struct Wishes {
  std::vector<long> seeds;
  bool trace = false;
};

bool read_number(std::string_view text, long& number) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

bool read_range(std::string_view text, std::vector<long>& seeds) {
  const size_t dots = text.find("..");
  long from = 0;
  long to = 0;
  if (dots == std::string_view::npos || !read_number(text.substr(0, dots), from)) return false;
  if (!read_number(text.substr(dots + 2), to)) return false;
  for (long seed = from; seed <= to; ++seed)
    seeds.push_back(seed);
  return true;
}

// One seed a line; what follows it is a remark.
bool read_file(const std::string& path, std::vector<long>& seeds) {
  std::ifstream file(path);
  if (!file) return false;
  for (std::string line; std::getline(file, line);) {
    long seed = 0;
    if (line.empty() || line.front() == '#') continue;
    if (!read_number(std::string_view(line).substr(0, line.find(' ')), seed)) return false;
    seeds.push_back(seed);
  }
  return true;
}

bool read_wishes(const std::vector<std::string>& words, Wishes& wishes) {
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string value = i + 1 < words.size() ? words[i + 1] : "";
    long seed = 0;
    if (words[i] == "--trace") {
      wishes.trace = true;
    } else if (words[i] == "--seed" && read_number(value, seed)) {
      wishes.seeds.push_back(seed);
      ++i;
    } else if (words[i] == "--seeds" && read_range(value, wishes.seeds)) {
      ++i;
    } else if (words[i] == "--file" && read_file(value, wishes.seeds)) {
      ++i;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Wishes wishes;
  if (!read_wishes({argv + 1, argv + argc}, wishes)) {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  if (wishes.seeds.empty()) read_range("1..200", wishes.seeds);
  std::signal(SIGABRT, say_seed);
  std::signal(SIGSEGV, say_seed);

  const qp::sim::Certificates certificates;
  uint64_t turns = 0;
  size_t cases = 0;
  for (const long seed : wishes.seeds) {
    g_seed = static_cast<sig_atomic_t>(seed);
    qp::sim::World world(static_cast<uint64_t>(seed), certificates);
    if (wishes.trace) world.trace();
    const std::string complaint = world.run();
    turns += world.turns();
    cases += world.cases();
    if (!complaint.empty()) {
      fmt::print(stderr, "seed {}: {}\n", seed, complaint);
      std::fflush(nullptr);
      std::_Exit(1);  // a world that broke off in its middle can't be taken apart
    }
    if (wishes.trace) {
      constexpr const char* kWeathers[] = {"clean", "outages", "rough"};
      fmt::print("seed {}: {} requests, {} turns, {} s, {}\n", seed, world.cases(), world.turns(),
                 std::chrono::duration_cast<std::chrono::seconds>(world.lived()).count(),
                 kWeathers[static_cast<size_t>(world.weather())]);
    }
  }
  fmt::print("{} worlds, {} requests, {} turns: every rule held\n", wishes.seeds.size(), cases, turns);
  return 0;
}

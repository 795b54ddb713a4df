// Runs a fuzz target over the files of a corpus, each whole and cut short, so that what fuzzing once found
// stays found without a fuzzer. An empty corpus is a mistake and fails.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kCutsMax = 256;  // of one file; a long one is cut at the first of its bytes only

std::vector<uint8_t> read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void replay(const std::vector<uint8_t>& input) {
  for (size_t size = 0; size < input.size() && size < kCutsMax; ++size) {
    const std::vector<uint8_t> cut(input.data(),
                                   input.data() + size);  // its own memory: a sanitizer sees the end
    LLVMFuzzerTestOneInput(cut.data(), cut.size());
  }
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  int files = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) continue;
      replay(read(entry.path()));
      ++files;
    }
  }
  std::cout << files << " inputs\n";
  return files > 0 ? 0 : 1;
}

// Any text may come as a configuration. One that is accepted has to survive its own dump.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/dump.h"
#include "config/load.h"
#include "config/validate.h"

using namespace qp::config;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Environment environment = [](std::string_view name) {
    return name.size() == 1 ? std::optional<std::string>(name) : std::nullopt;
  };
  const Source source{.name = "fuzz.yaml", .text = std::string(reinterpret_cast<const char*>(data), size)};
  const Loaded loaded = load(source, environment);
  const Complaints further = validate(loaded.config, loaded.marks);
  (void)to_text(source, loaded.complaints);
  (void)to_json(source, further);
  if (!loaded.complaints.empty()) return 0;

  const std::string dumped = dump(loaded.config, YamlWriter::Secrets::shown);
  const Loaded again = load({.name = "dump.yaml", .text = dumped}, environment);
  if (!again.complaints.empty() || again.config != loaded.config) std::abort();
  return 0;
}

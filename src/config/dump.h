// The effective configuration: what the file says with every default filled in.
#pragma once
#include <string>

#include "config/config.h"
#include "config/yaml_writer.h"

namespace qp::config {

/// As the file spells it.
std::string text_of(Algorithm algorithm);

/// YAML that loads back to the same Config, unless secrets were redacted in it.
std::string dump(Config config, YamlWriter::Secrets secrets);

/// The commented example file: every key with its default, and samples where lists are empty by default.
std::string example();

/// The configuration that example() shows.
Config example_config();

}  // namespace qp::config

// From a file's name to a configuration that holds, or to all that is wrong with it.
#pragma once
#include <string>

#include "config/complaint.h"
#include "config/config.h"

namespace qp::server {

struct Configuration {
  config::Config config;
  config::Source source;
  config::Complaints complaints;  // empty: the configuration holds
};

// `path` may be "-" for standard input. A file that can't be read is a complaint too.
Configuration read_configuration(const std::string& path);

}  // namespace qp::server

#include "server/configuration.h"

#include <iostream>
#include <iterator>
#include <utility>

#include "config/check_files.h"
#include "config/environment.h"
#include "config/file.h"
#include "config/load.h"
#include "config/validate.h"
#include "io/event_loop.h"

namespace qp::server {

Configuration read_configuration(const std::string& path) {
  Configuration read;
  read.source.name = path == "-" ? "<stdin>" : path;
  auto text = path == "-" ? config::read_stream(std::cin, read.source.name) : config::read_file(path);
  if (!text) {
    read.complaints.push_back({.mark = {}, .message = text.error(), .expected = ""});
    return read;
  }
  read.source.text = std::move(*text);

  auto loaded = config::load(read.source, config::process_environment());
  read.config = std::move(loaded.config);
  read.complaints = std::move(loaded.complaints);
  const auto append = [&](config::Complaints more) {
    read.complaints.insert(read.complaints.end(), std::move_iterator(more.begin()),
                           std::move_iterator(more.end()));
  };
  append(config::validate(read.config, loaded.marks));
  append(config::check_files(read.config, loaded.marks, io::EventLoop::read_clock().wall));
  return read;
}

}  // namespace qp::server

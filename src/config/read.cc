#include "config/read.h"

#include <algorithm>
#include <iostream>
#include <set>
#include <tuple>

#include "config/check_files.h"
#include "config/file.h"
#include "config/read_drill.h"
#include "config/validate.h"

namespace qp::config {

namespace {

/// Appends what is said about places of which nothing has been said yet.
void append(Complaints& all, Complaints further) {
  std::set<Mark> said;
  for (const Complaint& complaint : all)
    said.insert(complaint.mark);
  for (Complaint& complaint : further) {
    if (!said.contains(complaint.mark)) all.push_back(std::move(complaint));
  }
}

}  // namespace

Parsed<Source> read_source(const std::string& path) {
  auto text = path == "-" ? read_stream(std::cin, path) : read_file(path);
  if (!text) return std::unexpected(std::move(text.error()));
  return Source{.name = path == "-" ? "<stdin>" : path, .text = *std::move(text)};
}

Loaded read(const Source& source, const Environment& environment, WallTime now) {
  Loaded loaded = load(source, environment);
  append(loaded.complaints, validate(loaded.config, loaded.marks));
  append(loaded.complaints, check_files(loaded.config, loaded.marks, now));
  read_drill_files(loaded.config, loaded);
  std::ranges::sort(loaded.complaints, {},
                    [](const Complaint& each) { return std::tie(each.mark, each.message); });
  return loaded;
}

}  // namespace qp::config

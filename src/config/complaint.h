// A complaint about a configuration: where, what is wrong, and what would be right.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace qp::config {

/// The text of a configuration and the name by which complaints call it.
struct Source {
  std::string name;
  std::string text;
};

/// A place in a source; both count from one, the column in bytes.
struct Mark {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  auto operator<=>(const Mark&) const = default;
};

struct Complaint {
  Mark mark;
  std::string message;
  std::string expected;  // may be empty where the message says it all
  bool operator==(const Complaint&) const = default;
};

using Complaints = std::vector<Complaint>;

/// Where each value of a loaded configuration came from. Values are named by path: "backends[1].tls.ca_file".
class Marks {
 public:
  void set(std::string path, Mark mark) { marks_.insert_or_assign(std::move(path), mark); }

  /// The place of a value or, when the file does not hold it, of the nearest section around it.
  [[nodiscard]] Mark of(std::string_view path) const;

  [[nodiscard]] bool holds(std::string_view path) const { return marks_.contains(path); }

  /// Notes that a value could not be read; what depends on it is then not complained about.
  void set_wrong(std::string path) { wrong_.insert(std::move(path)); }

  /// Could this value, or one inside of it, not be read?
  [[nodiscard]] bool is_wrong(std::string_view path) const;

 private:
  std::map<std::string, Mark, std::less<>> marks_;
  std::set<std::string, std::less<>> wrong_;
};

/// A line without its end; empty when there is none. Lines count from one.
std::string_view line_of(std::string_view text, std::uint32_t line);

/// One `file:line:column: message` each, with the line of the source and a caret below it.
std::string to_text(const Source& source, const Complaints& complaints);

/// A JSON array of {file, line, column, message, expected}.
std::string to_json(const Source& source, const Complaints& complaints);

}  // namespace qp::config

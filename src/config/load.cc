#include "config/load.h"

#include <fmt/format.h>

#include <algorithm>

#include <yaml-cpp/yaml.h>

#include "config/spelling.h"
#include "config/syntax.h"
#include "config/syntax_error.h"

namespace qp::config {

namespace {

constexpr std::size_t kItemsMax = 4096;  // of one list; aliases could otherwise multiply a small file

Mark mark_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {.line = static_cast<std::uint32_t>(mark.line) + 1,
          .column = static_cast<std::uint32_t>(mark.column) + 1};
}

/// What a node is, for the sentence "x is ...".
std::string_view kind_of(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Undefined:
    case YAML::NodeType::Null: return "has no value";
    case YAML::NodeType::Scalar: return "is a single value";
    case YAML::NodeType::Sequence: return "is a list";
    case YAML::NodeType::Map: return "is a section with keys";
  }
  return "";
}

constexpr std::string_view kSection = "a section: \"key: value\" lines, indented below it";
constexpr std::string_view kSections = "a list: items that begin with \"- \", each with \"key: value\" lines";

class Loader final : public Visitor {
 public:
  Loader(const Environment& environment, Reading& out) : environment_(environment), out_(out) {}

  void load(const YAML::Node& root, const Section& section) { enter("", Mark{}, root, section); }

  void value(const Key& key, const Value& value) override {
    if (const Entry* entry = find(key)) read(path_of(key), entry->mark, entry->node, value);
  }

  void values(const Key& key, const List<Value>& list) override {
    each_item(key, "a list such as [a, b]", list.clear, [&](const std::string& path, const YAML::Node& node) {
      list.append();
      read(path, mark_of(node.Mark()), node, list.at(list.size() - 1));
    });
  }

  void section(const Key& key, const Section& section) override {
    const Entry* entry = find(key);
    const std::string path = path_of(key);
    if (entry == nullptr) return enter(path, frames_.back().mark, YAML::Node(YAML::NodeType::Map), section);
    out_.marks.set(path, entry->mark);
    enter(path, entry->mark, entry->node, section);
  }

  void sections(const Key& key, const List<Section>& list) override {
    each_item(key, kSections, list.clear, [&](const std::string& path, const YAML::Node& node) {
      list.append();
      enter(path, mark_of(node.Mark()), node, list.at(list.size() - 1));
    });
  }

  void fields(const Key& key, std::vector<HeaderField>& fields) override {
    const Entry* entry = find(key);
    if (entry == nullptr) return;
    const std::string path = path_of(key);
    if (!entry->node.IsMap())
      return complain_kind(path, entry->mark, entry->node, "a section: \"Name: value\" lines");
    for (const Entry& each : entries_of(entry->node)) {
      const std::string field_path = path + "." + each.name;
      HeaderField field;
      auto name = parse_field_name(each.name);
      if (!name) {
        complain(each.mark, name.error(), "the name of an end-to-end header field, such as X-Team");
      } else {
        field.name = *std::move(name);
      }
      read(field_path, each.mark, each.node,
           text(field.value, parse_field_value, "a text without control characters"));
      const bool known =
          std::ranges::any_of(fields, [&](const HeaderField& other) { return other.name == field.name; });
      if (known && !field.name.empty())
        complain(each.mark, fmt::format("field {} is given twice in {}", field.name, path), "");
      fields.push_back(std::move(field));
    }
  }

  bool wants(const Key& key, bool /*present*/) override {
    const Frame& frame = frames_.back();
    const bool given = std::ranges::any_of(frame.entries, [&](const Entry& e) { return e.name == key.name; });
    if (!given) frames_.back().known.push_back(key.name);
    return given;
  }

 private:
  struct Entry {
    std::string name;
    Mark mark;  // of the key
    YAML::Node node;
  };

  /// The section that is being visited.
  struct Frame {
    std::string path;
    Mark mark;
    std::vector<Entry> entries;
    std::vector<std::string_view> known;
  };

  void complain(Mark mark, std::string message, std::string_view expected) {
    out_.complaints.push_back(
        {.mark = mark, .message = std::move(message), .expected = std::string(expected)});
  }

  void complain_kind(const std::string& path, Mark mark, const YAML::Node& node, std::string_view expected) {
    complain(mark, fmt::format("{} {}", path.empty() ? "the file" : path, kind_of(node)), expected);
  }

  std::string path_of(const Key& key) const {
    const std::string& above = frames_.back().path;
    return above.empty() ? std::string(key.name) : fmt::format("{}.{}", above, key.name);
  }

  /// Visits a section against the keys of `node`; a node that is no section counts as an empty one.
  void enter(const std::string& path, Mark mark, const YAML::Node& node, const Section& section) {
    const bool fits = node.IsMap() || (path.empty() && !node.IsDefined());
    if (!fits) return complain_kind(path, mark, node, path.empty() ? "\"key: value\" lines" : kSection);
    frames_.push_back({.path = path, .mark = mark, .entries = entries_of(node), .known = {}});
    section(*this);
    complain_about_unknown_keys(frames_.back());
    frames_.pop_back();
  }

  /// The keys of a section in their order; only the first of several equal ones.
  std::vector<Entry> entries_of(const YAML::Node& node) {
    std::vector<Entry> entries;
    for (const auto& pair : node) {
      const Mark mark = mark_of(pair.first.Mark());
      if (!pair.first.IsScalar()) {
        complain(mark, "a key is not a plain word", "\"key: value\"");
        continue;
      }
      const std::string& name = pair.first.Scalar();
      const auto twin = std::ranges::find(entries, name, &Entry::name);
      if (twin == entries.end()) {
        entries.push_back({.name = name, .mark = mark, .node = pair.second});
      } else {
        complain(mark,
                 fmt::format("key \"{}\" is given twice; the first is in line {}", name, twin->mark.line),
                 "");
      }
    }
    return entries;
  }

  const Entry* find(const Key& key) {
    Frame& frame = frames_.back();
    frame.known.push_back(key.name);
    const auto found = std::ranges::find(frame.entries, key.name, &Entry::name);
    if (found != frame.entries.end()) return &*found;
    if (key.need == Need::required) {
      complain(frame.mark,
               fmt::format("{} has no \"{}\"", frame.path.empty() ? "the file" : frame.path, key.name), "");
    }
    return nullptr;
  }

  void complain_about_unknown_keys(const Frame& frame) {
    for (const Entry& entry : frame.entries) {
      if (std::ranges::find(frame.known, entry.name) != frame.known.end()) continue;
      const std::string where = frame.path.empty() ? "" : " in " + frame.path;
      const std::string guess = suggestion(entry.name, frame.known);
      complain(entry.mark, fmt::format("unknown key \"{}\"{}{}", entry.name, where, guess),
               guess.empty() ? choices(frame.known) : "");
    }
  }

  void read(const std::string& path, Mark key_mark, const YAML::Node& node, const Value& value) {
    if (!node.IsScalar()) return complain_kind(path, key_mark, node, value.expected);
    const Mark mark = mark_of(node.Mark());
    out_.marks.set(path, mark);
    const auto text = expand(node.Scalar(), environment_);
    if (!text) return complain(mark, text.error(), "${NAME} or ${NAME:-default}");
    const auto parsed = value.parse(*text);
    if (parsed) return;
    out_.marks.set_wrong(path);
    complain(mark, parsed.error(), value.expected);
  }

  void each_item(const Key& key, std::string_view expected, const std::function<void()>& clear,
                 const std::function<void(const std::string&, const YAML::Node&)>& take) {
    const Entry* entry = find(key);
    if (entry == nullptr) return;
    const std::string path = path_of(key);
    out_.marks.set(path, entry->mark);
    if (!entry->node.IsSequence()) return complain_kind(path, entry->mark, entry->node, expected);
    if (entry->node.size() > kItemsMax) {
      return complain(entry->mark, fmt::format("{} has {} items", path, entry->node.size()),
                      fmt::format("at most {}", kItemsMax));
    }
    clear();
    const YAML::Node list_node = entry->node;
    for (std::size_t i = 0; i < list_node.size(); ++i) {
      const std::string item = fmt::format("{}[{}]", path, i);
      out_.marks.set(item, mark_of(list_node[i].Mark()));
      take(item, list_node[i]);
    }
  }

  const Environment& environment_;
  Reading& out_;
  std::vector<Frame> frames_;
};

/// "example.com/api/*" or "GET,HEAD /api/*": what a route without a name is called in logs.
std::string name_of(const Match& match) {
  std::string name = fmt::format("{}", fmt::join(match.methods, ","));
  if (!name.empty()) name += ' ';
  name += match.host;
  return name + (match.path.empty() ? "/**" : match.path);
}

}  // namespace

Reading load(const Source& source, const Environment& environment, const Section& section) {
  Reading out;
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(source.text);
    if (documents.size() > 1) {
      out.complaints.push_back({.mark = mark_of(documents[1].Mark()),
                                .message = "a second YAML document begins",
                                .expected = "one document in the file"});
    }
    Loader(environment, out)
        .load(documents.empty() ? YAML::Node(YAML::NodeType::Map) : documents[0], section);
  } catch (const YAML::Exception& error) {
    out.complaints.push_back(explain_syntax(source, mark_of(error.mark), error.msg));
  }
  return out;
}

Loaded load(const Source& source, const Environment& environment) {
  Loaded out;
  static_cast<Reading&>(out) = load(source, environment, section_of(out.config));
  for (Route& route : out.config.routes) {
    if (route.name.empty()) route.name = name_of(route.match);
  }
  return out;
}

}  // namespace qp::config

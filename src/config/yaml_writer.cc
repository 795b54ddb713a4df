#include "config/yaml_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/environment.h"

namespace qp::config {

namespace {

constexpr std::size_t kColumns = 100;

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : escape_variables(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string scalar(const Value& value) {
  return value.style == Value::Style::quoted ? in_quotes(value.text()) : value.text();
}

/// A field whose value opens a door. Names are lower case here.
bool is_secret(std::string_view field) {
  if (field == "cookie" || field == "set-cookie" || field.ends_with("authorization")) return true;
  constexpr std::string_view hints[] = {"token", "secret", "password", "api-key", "apikey", "credential"};
  return std::ranges::any_of(hints, [field](std::string_view hint) { return field.contains(hint); });
}

}  // namespace

void YamlWriter::value(const Key& key, const Value& value) {
  comment(key);
  const bool hidden = secrets_ == Secrets::redacted && key.name == "token" && !value.text().empty();
  line(fmt::format("{}: {}", key.name, hidden ? in_quotes("<redacted>") : scalar(value)));
}

void YamlWriter::values(const Key& key, const List<Value>& list) {
  comment(key);
  std::vector<std::string> items;
  for (std::size_t i = 0; i < list.size(); ++i)
    items.push_back(scalar(list.at(i)));
  line(fmt::format("{}: [{}]", key.name, fmt::join(items, ", ")));
}

void YamlWriter::section(const Key& key, const Section& section) {
  if (depth_ == 0 && !out_.empty()) out_ += '\n';
  comment(key);
  line(fmt::format("{}:", key.name));
  ++depth_;
  section(*this);
  --depth_;
}

void YamlWriter::sections(const Key& key, const List<Section>& list) {
  if (depth_ == 0 && !out_.empty()) out_ += '\n';
  comment(key);
  if (list.size() == 0) return line(fmt::format("{}: []", key.name));
  line(fmt::format("{}:", key.name));
  for (std::size_t i = 0; i < list.size(); ++i)
    item(list.at(i));
}

void YamlWriter::item(const Section& section) {
  depth_ += 2;  // the dash takes the place of one step
  dash_pending_ = true;
  section(*this);
  depth_ -= 2;
}

void YamlWriter::fields(const Key& key, std::vector<HeaderField>& fields) {
  comment(key);
  if (fields.empty()) return line(fmt::format("{}: {{}}", key.name));
  line(fmt::format("{}:", key.name));
  ++depth_;
  for (const HeaderField& field : fields) {
    const bool is_hidden_always = key.secrecy == Secrecy::always;
    const bool hidden = secrets_ == Secrets::redacted && (is_hidden_always || is_secret(field.name));
    line(fmt::format("{}: {}", in_quotes(field.name), in_quotes(hidden ? "<redacted>" : field.value)));
  }
  --depth_;
}

bool YamlWriter::wants(const Key& /*key*/, bool present) {
  return present;
}

/// The key's sentence above it, wrapped. A comment does not take the dash of an item: the key below it does.
void YamlWriter::comment(const Key& key) {
  if (comments_ == Comments::none) return;
  const std::string start = fmt::format("{:{}}#", "", depth_ * 2);
  std::string text = start;
  for (std::string_view rest = key.doc; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if (text.size() + 1 + word.size() > kColumns) {
      out_ += text + '\n';
      text = start;
    }
    text.append(" ").append(word);
  }
  out_ += text + '\n';
}

void YamlWriter::line(std::string_view text) {
  const std::string indent(depth_ * 2, ' ');
  out_ += dash_pending_ ? indent.substr(2) + "- " : indent;
  out_.append(text).append("\n");
  dash_pending_ = false;
}

}  // namespace qp::config

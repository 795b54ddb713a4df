#include "config/reference.h"

#include <fmt/format.h>

#include <utility>

#include "config/schema.h"

namespace qp::config {

namespace {

constexpr std::string_view kIntroduction = R"(# Configuration

The proxy reads one YAML file. The smallest one that works:

```yaml
server:
  tls:
    cert_file: "certs/server.crt"
    key_file: "certs/server.key"
backends:
  - name: "backend1"
    url: "http://backend1:80"
```

`configs/example.yaml` holds every key with its default. `configs/local.yaml` is for trying out without root,
`configs/proxy.yaml` for the container stack.

```bash
quic-proxy -t -c FILE               # check, say what is wrong, exit with 0 or 2
quic-proxy validate --json -c FILE  # the same for programs
quic-proxy -T -c FILE               # print the effective configuration, secrets redacted
```

## Values

| Kind | Written as |
|---|---|
| duration | numbers with units from large to small: `500ms`, `10s`, `1m30s`, `2h`, `1d`; units are `d`, `h`, `m`, `s`, `ms`, `us` |
| size | bytes: `512`, `64KiB`, `1MiB`, `2GiB` (1024), `10KB`, `10MB`, `1GB` (1000) |
| address | `":443"` is every address, IPv4 and IPv6; `"127.0.0.1:8080"`, `"[::1]:443"`; port 0 lets the system choose |
| URL | `"http://host:port/base"` or `https`; the port may be left out, the base path too |
| switch | `true` or `false` |

Quotes make no difference: `10s` and `"10s"` are the same.

**Environment.** `${NAME}` in a value is replaced by the environment variable, `${NAME:-default}` by the default
where the variable is unset or empty. A variable that is not set and has no default is an error. `$${` is a
literal `${`. What a variable brings is never read as YAML.

**Errors.** All complaints come at once, each with its place and what would be right:

```text
proxy.yaml:9:13: "10" has no unit; expected a duration from 10ms to 1d, such as 10s or 1m30s
    9 |   interval: 10
      |             ^
```

An unknown key is an error, never ignored. Names that do not meet, ports that collide, files that cannot be read,
a key that does not belong to its certificate and a certificate that has expired are found before anything starts.

# Reference
)";

/// Text for the cell of a table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

/// A section's rows come before the sections inside it, although the schema mixes them.
class ReferenceWriter final : public Visitor {
 public:
  std::string write(const Section& root) {
    root(*this);
    return (rows_.empty() ? "" : table()) + below_;
  }

  void value(const Key& key, const Value& value) override {
    row(key, fmt::format("`{}`", value.text().empty() ? "\"\"" : value.text()), value.expected);
  }

  void values(const Key& key, const List<Value>& list) override {
    std::string items;
    for (std::size_t i = 0; i < list.size(); ++i)
      items += (items.empty() ? "" : ", ") + list.at(i).text();
    list.append();
    row(key, "`[" + items + "]`", "a list; each item is " + list.at(0).expected);
  }

  void section(const Key& key, const Section& section) override {
    enter(key, std::string(key.name), section);
  }

  void sections(const Key& key, const List<Section>& list) override {
    list.append();
    enter(key, std::string(key.name) + "[]", list.at(0));
  }

  void fields(const Key& key, std::vector<HeaderField>& /*fields*/) override {
    row(key, "`{}`", "`Name: value` lines");
  }

  bool wants(const Key& /*key*/, bool /*present*/) override { return true; }

 private:
  std::string table() const { return "\n| Key | Default | Takes | Meaning |\n|---|---|---|---|\n" + rows_; }

  void row(const Key& key, const std::string& fallback, std::string_view takes) {
    rows_ += fmt::format("| `{}` | {} | {} | {} |\n", key.name,
                         key.need == Need::required ? "required" : fallback, cell(takes), cell(key.doc));
  }

  void enter(const Key& key, const std::string& name, const Section& section) {
    const std::string path = path_.empty() ? name : path_ + "." + name;
    const std::string outer_path = std::exchange(path_, path);
    std::string outer_rows = std::exchange(rows_, "");
    std::string outer_below = std::exchange(below_, "");

    section(*this);

    std::string text =
        fmt::format("\n## `{}`\n\n{}{}\n", path, key.doc, key.need == Need::required ? " Required." : "");
    if (!rows_.empty()) text += table();
    below_ = outer_below + text + below_;
    rows_ = std::move(outer_rows);
    path_ = outer_path;
  }

  std::string path_;
  std::string rows_;   // of the section that is being visited
  std::string below_;  // the sections inside it
};

}  // namespace

std::string reference() {
  Config config;
  return std::string(kIntroduction) + ReferenceWriter().write(section_of(config));
}

std::string drill_reference() {
  DrillPlan plan;
  return "# Reference\n" + ReferenceWriter().write(section_of(plan));
}

}  // namespace qp::config

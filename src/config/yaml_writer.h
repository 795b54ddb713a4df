// Writes a Config as YAML that load() reads back.
#pragma once
#include <string>
#include <vector>

#include "config/schema.h"

namespace qp::config {

class YamlWriter final : public Visitor {
 public:
  enum class Comments { none, docs };
  enum class Secrets { shown, redacted };

  YamlWriter(Comments comments, Secrets secrets) : comments_(comments), secrets_(secrets) {}

  [[nodiscard]] const std::string& text() const { return out_; }

  void value(const Key& key, const Value& value) override;
  void values(const Key& key, const List<Value>& list) override;
  void section(const Key& key, const Section& section) override;
  void sections(const Key& key, const List<Section>& list) override;
  void fields(const Key& key, std::vector<HeaderField>& fields) override;
  bool wants(const Key& key, bool present) override;

 private:
  void comment(const Key& key);
  void line(std::string_view text);
  void item(const Section& section);

  Comments comments_;
  Secrets secrets_;
  std::string out_;
  std::size_t depth_ = 0;
  bool dash_pending_ = false;  // the next line begins an item of a list
};

}  // namespace qp::config

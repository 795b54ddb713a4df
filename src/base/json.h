// Writes JSON (RFC 8259) to the end of a string: no tree is built and nothing but the string allocates. Text
// of unknown origin may be given as it is: whatever it holds, the result is one valid UTF-8 line.
//
//   JsonWriter json(line);
//   json.begin_object();
//   json.field("status", 200);
//   json.key("backends");
//   json.begin_array();
#pragma once
#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace qp {

// Appends `text` as the inside of a JSON string. Control characters are escaped, those of a terminal (DEL,
// C1) too; what is not UTF-8 becomes U+FFFD.
void append_escaped(std::string& out, std::string_view text);

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  void key(std::string_view name) {
    value(name);
    out_ += ':';
    needs_comma_ = false;
  }

  void value(std::string_view text) {
    separate();
    out_ += '"';
    append_escaped(out_, text);
    out_ += '"';
  }
  void value(const char* text) { value(std::string_view(text)); }
  void value(std::same_as<bool> auto truth) { literal(truth ? "true" : "false"); }
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  void value(Number number) {
    char digits[24];
    literal({digits, std::to_chars(digits, digits + sizeof digits, number).ptr});
  }
  void value(double number);  // what is no number becomes null
  void null() { literal("null"); }
  template <typename Value>
  void value(const std::optional<Value>& content) {
    if (content) {
      value(*content);
    } else {
      null();
    }
  }
  void literal(std::string_view json) {  // JSON already
    separate();
    out_ += json;
  }

  template <typename Value>
  void field(std::string_view name, Value&& content) {
    key(name);
    value(content);
  }

 private:
  void separate() {
    if (needs_comma_) out_ += ',';
    needs_comma_ = true;
  }
  void open(char bracket) {
    separate();
    out_ += bracket;
    needs_comma_ = false;
  }
  void close(char bracket) {
    out_ += bracket;
    needs_comma_ = true;
  }

  std::string& out_;
  bool needs_comma_ = false;
};

}  // namespace qp

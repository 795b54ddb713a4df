#include "base/log.h"

#include <algorithm>
#include <cassert>

#include "base/json.h"

namespace qp {

namespace {

constexpr size_t kTextBytesMax = 4096;  // of one field; the rest is cut off

bool is_bare(std::string_view value) {
  const auto is_plain = [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '=' && c != '\\'; };
  return !value.empty() && std::ranges::all_of(value, is_plain);
}

}  // namespace

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::trace: return "trace";
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warn: return "warn";
    case LogLevel::error: return "error";
  }
  return "";
}

Log* Log::begin(LogLevel level, std::string_view message) {
  assert(line_.empty());  // a field's value must not log
  switch (format_) {
    case LogFormat::json: {
      JsonWriter json(line_);
      json.begin_object();
      json.field("level", name_of(level));
      json.field("time", timestamp_.rfc3339(now_));
      json.field("msg", message);
      break;
    }
    case LogFormat::text:
      line_ += timestamp_.rfc3339(now_);
      line_ += ' ';
      line_ += name_of(level);
      line_.append(name_of(level).size() < 5 ? 2 : 1, ' ');  // messages begin in one column
      append_escaped(line_, message);
      break;
  }
  return this;
}

void LogLine::add_text(std::string_view key, std::string_view value) {
  value = value.substr(0, kTextBytesMax);
  if (log_->format_ == LogFormat::text && is_bare(value)) return add_word(key, value);
  std::string quoted;
  JsonWriter(quoted).value(value);
  add_word(key, quoted);
}

void LogLine::add_number(std::string_view key, double value) {
  std::string digits;
  JsonWriter(digits).value(value);
  add_word(key, digits);
}

void LogLine::add_number(std::string_view key, int64_t value) {
  add_word(key, std::to_string(value));
}

void LogLine::add_number(std::string_view key, uint64_t value) {
  add_word(key, std::to_string(value));
}

void LogLine::add_word(std::string_view key, std::string_view word) {
  std::string& line = log_->line_;
  switch (log_->format_) {
    case LogFormat::json:
      line += ",\"";
      append_escaped(line, key);
      line += "\":";
      break;
    case LogFormat::text:
      line += ' ';
      append_escaped(line, key);
      line += '=';
      break;
  }
  line += word;
}

void LogLine::finish() {
  std::string& line = log_->line_;
  if (log_->format_ == LogFormat::json) line += '}';
  line += '\n';
  log_->ring_.push(line);
  line.clear();
}

}  // namespace qp

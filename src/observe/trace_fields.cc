#include "observe/trace_fields.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace qp::observe {

namespace {

constexpr size_t kTraceparentBytes = 55;
constexpr size_t kLongMemberBytes = 128;
constexpr size_t kKeyBytesMax = 256;
constexpr size_t kValueBytesMax = 256;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

// Exactly these digits, in lower case.
std::optional<uint64_t> hex(std::string_view text) {
  uint64_t number = 0;
  if (text.empty() || text.size() > 16 || !std::ranges::all_of(text, is_hex)) return std::nullopt;
  std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return number;
}

std::optional<TraceId> trace_id(std::string_view text) {
  if (text.size() != 16 && text.size() != 32) return std::nullopt;
  const auto low = hex(text.substr(text.size() - 16));
  const auto high = text.size() == 32 ? hex(text.substr(0, 16)) : 0;
  if (!low || !high || (*low == 0 && *high == 0)) return std::nullopt;
  return TraceId{.high = *high, .low = *low};
}

std::optional<uint64_t> span_id(std::string_view text) {
  const auto id = text.size() == 16 ? hex(text) : std::nullopt;
  return id && *id != 0 ? id : std::nullopt;
}

void write_hex(char* out, uint64_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (size_t i = 16; i-- > 0; number >>= 4)
    out[i] = kDigits[number & 0xf];
}

void write_hex(char* out, TraceId trace) {
  write_hex(out, trace.high);
  write_hex(out + 16, trace.low);
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

bool is_key_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_key_letter(char c) {
  return is_key_start(c) || std::string_view("_-*/@").contains(c);
}

bool is_value_letter(char c) {
  return c >= ' ' && c <= '~' && c != ',' && c != '=';
}

// §3.3.1.3.
bool is_member(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view key = text.substr(0, equals);
  const std::string_view value = text.substr(equals + 1);
  return !key.empty() && key.size() <= kKeyBytesMax && is_key_start(key.front()) &&
         std::ranges::all_of(key, is_key_letter) && !value.empty() && value.size() <= kValueBytesMax &&
         std::ranges::all_of(value, is_value_letter);
}

// False: one of them isn't well formed.
bool append_members(std::string_view list, std::vector<std::string_view>& out) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    const std::string_view member = without_blanks(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (member.empty()) continue;
    if (!is_member(member) || out.size() == kTracestateMembersMax) return false;
    out.push_back(member);
  }
  return true;
}

size_t joined_bytes(const std::vector<std::string_view>& members) {
  size_t bytes = members.empty() ? 0 : members.size() - 1;
  for (const std::string_view member : members)
    bytes += member.size();
  return bytes;
}

}  // namespace

std::optional<TraceParent> parse_traceparent(std::string_view value) {
  if (value.size() < kTraceparentBytes || value[2] != '-' || value[35] != '-' || value[52] != '-')
    return std::nullopt;
  const auto version = hex(value.substr(0, 2));
  if (!version || *version == 0xff) return std::nullopt;
  const bool has_more = value.size() > kTraceparentBytes;
  if (has_more && (*version == 0 || value[kTraceparentBytes] != '-')) return std::nullopt;
  const auto trace = trace_id(value.substr(3, 32));
  const auto span = span_id(value.substr(36, 16));
  const auto flags = hex(value.substr(53, 2));
  if (!trace || !span || !flags) return std::nullopt;
  return TraceParent{.trace_id = *trace, .span_id = *span, .is_sampled = (*flags & 1) != 0};
}

// {trace}-{span}-{sampled}-{parent}, of which the last two may be missing. A lone sampling decision names no
// trace.
std::optional<TraceParent> parse_b3(std::string_view value) {
  const size_t dash = value.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto trace = trace_id(value.substr(0, dash));
  const auto span = span_id(value.substr(dash + 1, 16));
  if (!trace || !span) return std::nullopt;
  TraceParent parent{.trace_id = *trace, .span_id = *span};
  std::string_view rest = value.substr(dash + 17);
  if (rest.empty()) return parent;
  if (rest.size() < 2 || rest[0] != '-' || !std::string_view("01d").contains(rest[1])) return std::nullopt;
  parent.is_sampled = rest[1] != '0';
  rest.remove_prefix(2);
  if (!rest.empty() && (rest[0] != '-' || !span_id(rest.substr(1)))) return std::nullopt;
  return parent;
}

std::optional<TraceParent> parse_b3_multi(const http::Headers& fields) {
  const auto trace = trace_id(fields.find("x-b3-traceid").value_or(""));
  const auto span = span_id(fields.find("x-b3-spanid").value_or(""));
  if (!trace || !span) return std::nullopt;
  TraceParent parent{.trace_id = *trace, .span_id = *span};
  const std::string_view sampled = fields.find("x-b3-sampled").value_or("");
  if (sampled == "1" || sampled == "true") parent.is_sampled = true;
  if (sampled == "0" || sampled == "false") parent.is_sampled = false;
  if (fields.find("x-b3-flags") == "1") parent.is_sampled = true;  // debug
  return parent;
}

std::string tracestate_of(const http::Headers& fields) {
  std::vector<std::string_view> members;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].id == http::Name::tracestate && !append_members(fields[i].value, members)) return {};
  }
  if (joined_bytes(members) > kTracestateBytesMax) {
    std::erase_if(members, [](std::string_view member) { return member.size() > kLongMemberBytes; });
  }
  while (joined_bytes(members) > kTracestateBytesMax)
    members.pop_back();
  std::string out;
  for (const std::string_view member : members) {
    if (!out.empty()) out += ',';
    out.append(member);
  }
  return out;
}

std::array<char, 55> traceparent_text(TraceId trace, uint64_t span_id, bool is_sampled) {
  std::array<char, 55> text{'0', '0', '-'};
  write_hex(&text[3], trace);
  text[35] = '-';
  write_hex(&text[36], span_id);
  text[52] = '-';
  text[53] = '0';
  text[54] = is_sampled ? '1' : '0';
  return text;
}

std::array<char, 51> b3_text(TraceId trace, uint64_t span_id, bool is_sampled) {
  std::array<char, 51> text;
  write_hex(text.data(), trace);
  text[32] = '-';
  write_hex(&text[33], span_id);
  text[49] = '-';
  text[50] = is_sampled ? '1' : '0';
  return text;
}

std::array<char, 32> hex_text(TraceId trace) {
  std::array<char, 32> text;
  write_hex(text.data(), trace);
  return text;
}

std::array<char, 16> hex_text(uint64_t span_id) {
  std::array<char, 16> text;
  write_hex(text.data(), span_id);
  return text;
}

}  // namespace qp::observe

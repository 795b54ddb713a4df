#include "http/headers.h"

#include <algorithm>
#include <array>
#include <utility>

#include "http/text.h"

namespace qp::http {

namespace {

constexpr std::array<std::string_view, kNameCount> kTexts{
    "",           "accept",     "alt-svc",      "connection",       "content-length",   "content-type",
    "cookie",     "date",       "early-data",   "expect",           "forwarded",        "host",
    "keep-alive", "location",   "max-forwards", "proxy-connection", "proxy-status",     "retry-after",
    "server",     "te",         "trailer",      "traceparent",      "tracestate",       "transfer-encoding",
    "upgrade",    "user-agent", "via",          "x-forwarded-for",  "x-forwarded-host", "x-forwarded-proto",
    "x-real-ip",
};

// A perfect hash of the known names: length, first and last letter tell them apart already, and a multiplier
// that scatters those over a small table without collision is found at compile time.
constexpr uint32_t kSlotBits = 6;
using Slots = std::array<Name, 1U << kSlotBits>;

constexpr uint32_t slot_of(std::string_view name, uint32_t multiplier) {
  const auto letter = [](char c) { return static_cast<uint32_t>(static_cast<unsigned char>(c)); };
  const uint32_t key =
      static_cast<uint32_t>(name.size()) | letter(name.front()) << 8 | letter(name.back()) << 16;
  return (key * multiplier) >> (32 - kSlotBits);
}

// False when two names meet in one slot.
constexpr bool fill(Slots& slots, uint32_t multiplier) {
  slots.fill(Name::other);
  for (size_t i = 1; i < kNameCount; ++i) {
    Name& slot = slots[slot_of(kTexts[i], multiplier)];
    if (slot != Name::other) return false;
    slot = static_cast<Name>(i);
  }
  return true;
}

struct Table {
  uint32_t multiplier = 0x9E37934F;  // where the search begins: it works for the names above
  Slots slots{};
};

consteval Table make_table() {
  Table table;
  while (!fill(table.slots, table.multiplier))
    table.multiplier += 2;
  return table;
}

constexpr Table kTable = make_table();

// An ordinary head fits into its first piece of memory, the fields that a proxy adds included.
constexpr size_t kFirstFields = 20;
constexpr size_t kFirstTextBytes = 1000;

}  // namespace

std::string_view text_of(Name name) {
  return kTexts[static_cast<size_t>(name)];
}

Name name_of(std::string_view lower_case) {
  if (lower_case.empty()) return Name::other;
  const Name name = kTable.slots[slot_of(lower_case, kTable.multiplier)];
  return text_of(name) == lower_case ? name : Name::other;
}

void Headers::add(std::string_view name, std::string_view value) {
  const size_t field = fields_.size();
  append(name, value, Name::other);
  Entry& entry = fields_[field];
  for (size_t i = entry.at; i < entry.at + entry.name_bytes; ++i)
    text_[i] = to_lower(text_[i]);
  entry.id = name_of((*this)[field].name);
}

void Headers::add(Name name, std::string_view value) {
  append(text_of(name), value, name);
}

void Headers::append(std::string_view lower_case_name, std::string_view value, Name id) {
  const size_t at = text_.size();
  if (fields_.capacity() == 0) fields_.reserve(kFirstFields);
  fields_.push_back({.at = static_cast<uint32_t>(at),
                     .name_bytes = static_cast<uint32_t>(lower_case_name.size()),
                     .value_bytes = static_cast<uint32_t>(value.size()),
                     .id = id});

  // Where the arena has to move, the old one is kept until both were copied: they may point into it.
  const size_t size = at + lower_case_name.size() + value.size();
  std::string old;
  if (size > text_.capacity()) {
    old.reserve(std::max({size, 2 * text_.capacity(), kFirstTextBytes}));
    old = text_;
    std::swap(old, text_);
  }
  text_.append(lower_case_name);
  text_.append(value);
}

size_t Headers::remove(Name name) {
  return std::erase_if(fields_, [name](const Entry& entry) { return entry.id == name; });
}

size_t Headers::remove(std::string_view lower_case_name) {
  const Name id = name_of(lower_case_name);
  if (id != Name::other) return remove(id);
  return remove_if([lower_case_name](const Field& field) { return field.name == lower_case_name; });
}

void Headers::set(std::string_view name, std::string_view value) {
  std::string lower(name);
  make_lower(lower);
  remove(lower);
  const Name id = name_of(lower);
  append(lower, value, id);
}

std::optional<std::string_view> Headers::find(Name name) const {
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (fields_[i].id == name) return (*this)[i].value;
  }
  return std::nullopt;
}

std::optional<std::string_view> Headers::find(std::string_view lower_case_name) const {
  const Name id = name_of(lower_case_name);
  if (id != Name::other) return find(id);
  for (size_t i = 0; i < fields_.size(); ++i) {
    const Field field = (*this)[i];
    if (field.name == lower_case_name) return field.value;
  }
  return std::nullopt;
}

size_t Headers::count(Name name) const {
  size_t count = 0;
  for (const Entry& entry : fields_)
    count += entry.id == name ? 1 : 0;
  return count;
}

size_t Headers::section_bytes() const {
  size_t bytes = 0;
  for (const Entry& entry : fields_)
    bytes += size_t{entry.name_bytes} + entry.value_bytes + 32;
  return bytes;
}

}  // namespace qp::http

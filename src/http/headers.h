// The fields of one message, in order, names in lower case (RFC 9110 §5). One arena of text for all of them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qp::http {

// Names that some rule of ours looks at; everything else is `other`.
enum class Name : uint8_t {
  other,
  accept,
  alt_svc,
  connection,
  content_length,
  content_type,
  cookie,
  date,
  early_data,
  expect,
  forwarded,
  host,
  keep_alive,
  location,
  max_forwards,
  proxy_connection,
  proxy_status,
  retry_after,
  server,
  te,
  trailer,
  traceparent,
  tracestate,
  transfer_encoding,
  upgrade,
  user_agent,
  via,
  x_forwarded_for,
  x_forwarded_host,
  x_forwarded_proto,
  x_real_ip,
};
inline constexpr size_t kNameCount = static_cast<size_t>(Name::x_real_ip) + 1;

std::string_view text_of(Name name);        // "" for `other`
Name name_of(std::string_view lower_case);  // exact match only

// A field as the reader sees it; valid until the Headers it came from changes.
struct Field {
  std::string_view name;
  std::string_view value;
  Name id = Name::other;
};

class Headers {
 public:
  // `name` may have any case and is stored in lower case. Neither is checked here: a codec refuses bad bytes.
  // Both may point into this very message.
  void add(std::string_view name, std::string_view value);
  void add(Name name, std::string_view value);

  // Removes every field of that name; returns how many there were. Views into the message stay valid.
  size_t remove(Name name);
  size_t remove(std::string_view lower_case_name);
  void set(Name name, std::string_view value) {
    remove(name);
    add(name, value);
  }
  void set(std::string_view name, std::string_view value);
  void clear() {
    fields_.clear();
    text_.clear();
  }

  size_t size() const { return fields_.size(); }
  bool empty() const { return fields_.empty(); }
  Field operator[](size_t index) const {
    const Entry& entry = fields_[index];
    const char* name = text_.data() + entry.at;
    return {.name = {name, entry.name_bytes},
            .value = {name + entry.name_bytes, entry.value_bytes},
            .id = entry.id};
  }

  // The first value of that name.
  std::optional<std::string_view> find(Name name) const;
  std::optional<std::string_view> find(std::string_view lower_case_name) const;
  bool has(Name name) const { return find(name).has_value(); }
  size_t count(Name name) const;

  // Removes every field for which `condition(Field)` holds.
  template <typename Condition>
  size_t remove_if(Condition condition) {
    size_t kept = 0;
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (!condition((*this)[i])) fields_[kept++] = fields_[i];
    }
    const size_t removed = fields_.size() - kept;
    fields_.resize(kept);
    return removed;
  }

  // Names and values, plus 32 a field: the size that SETTINGS_MAX_FIELD_SECTION_SIZE speaks of (RFC 9114
  // §4.2.2).
  size_t section_bytes() const;

 private:
  struct Entry {  // the value follows its name in text_
    uint32_t at;
    uint32_t name_bytes;
    uint32_t value_bytes;
    Name id;
  };
  void append(std::string_view lower_case_name, std::string_view value, Name id);

  std::vector<Entry> fields_;
  std::string text_;  // grows only: what was removed stays until clear()
};

using Trailers = Headers;

}  // namespace qp::http

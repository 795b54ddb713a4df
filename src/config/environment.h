// Puts environment variables into values: ${NAME}, ${NAME:-default}, and $${ for a literal ${.
#pragma once
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace qp::config {

/// Looks a variable up; none when it is not set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

/// The environment of this process.
Environment process_environment();

/// The text with its variables replaced, or what is wrong with it. As in a shell, `:-` also replaces an empty
/// variable. What a variable brings is not expanded again and cannot become YAML.
std::expected<std::string, std::string> expand(std::string_view text, const Environment& environment);

/// A text that expand() turns back into `text`.
std::string escape_variables(std::string_view text);

}  // namespace qp::config

// Guesses what somebody meant to write.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace qp::config {

/// The candidate that differs least from `word`; empty when none is close enough to be meant.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// `; did you mean "x"?`, or empty without a near candidate.
std::string suggestion(std::string_view word, std::span<const std::string_view> candidates);

/// "a, b or c".
std::string choices(std::span<const std::string_view> candidates);

}  // namespace qp::config

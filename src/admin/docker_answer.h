// What the Docker Engine made of an order for a container, in words for people.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "config/config.h"
#include "upstream/call.h"

namespace qp::admin {

// Of an answer's body, which holds its reason: {"message":"No such container: backend1"}.
inline constexpr uint64_t kDockerBodyBytesMax = 4096;
// Of the reason, in a log line and on the page.
inline constexpr size_t kDockerReasonBytesMax = 300;

// Why it failed; none: it is done, or was so already (304).
std::optional<std::string> docker_error(const upstream::Call::Result& answer, const config::Docker& engine);

}  // namespace qp::admin

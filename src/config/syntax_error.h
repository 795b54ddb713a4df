// What the YAML parser says, in words for somebody who does not know its insides.
#pragma once
#include <string_view>

#include "config/complaint.h"

namespace qp::config {

Complaint explain_syntax(const Source& source, Mark mark, std::string_view parser_message);

}  // namespace qp::config

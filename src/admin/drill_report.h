// One run of a drill as a page to keep: whole in itself, without scripts, and with every text escaped.
#pragma once
#include <string>

#include "admin/drill_record.h"

namespace qp::admin {

std::string drill_report(const DrillRecord& record);

}  // namespace qp::admin

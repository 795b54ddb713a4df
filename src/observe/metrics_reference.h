// The list of all metrics for those who draw dashboards and write alerts:
// monitoring/grafana/dashboards/METRICS_AVAILABLE.md, made from the catalog.
#pragma once
#include <string>

namespace qp::observe {

std::string metrics_reference();

}  // namespace qp::observe

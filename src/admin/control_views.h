// The JSON of the control API (docs/openapi.yaml), made of values.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "admin/driver.h"
#include "admin/figures.h"
#include "admin/load.h"
#include "base/clock.h"
#include "base/log.h"
#include "proxy/snapshot.h"
#include "upstream/backend.h"

namespace qp::admin {

struct StatusView {
  const proxy::Snapshot& snapshot;
  TrafficFigures traffic;
  LoadFigures load;
  WallTime started;
  WallTime now;
  bool is_ending = false;
  std::string_view driver;
  LogLevel log_level = LogLevel::info;
};
std::string to_json(const StatusView& view);

std::string to_json(const LoadFigures& load);

struct BackendView {
  const upstream::Backend& backend;
  BackendFigures figures;
  std::string_view pending;  // "" for none
  Driver::Process process;
  Turn turn;
};
std::string to_json(const BackendView& view);
std::string to_json(const std::vector<BackendView>& views);

// Routes in the order in which they are tried.
std::string routes_json(const proxy::Snapshot& snapshot);

}  // namespace qp::admin

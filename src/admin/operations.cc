#include "admin/operations.h"

#include <algorithm>
#include <utility>

namespace qp::admin {

namespace {

using upstream::Service;

// How often the requests of a draining backend are counted.
constexpr Duration kLookPause = std::chrono::milliseconds(100);

}  // namespace

std::string_view name_of(Operations::Action action) {
  using Action = Operations::Action;
  switch (action) {
    case Action::stop: return "stop";
    case Action::start: return "start";
    case Action::restart: return "restart";
    case Action::drain: return "drain";
    case Action::undrain: return "undrain";
    case Action::crash: return "crash";
  }
  std::unreachable();
}

bool Operations::begin(const std::shared_ptr<upstream::Backend>& backend, Action action,
                       std::string_view who) {
  if (!pending(*backend).empty()) return false;
  failures_.erase(backend->config.name);
  Order order{.id = next_id_++,
              .backend = backend,
              .action = action,
              .step = Step::over,
              .drained_by = parts_.turn.now + kDrainPatience};
  note(LogLevel::info, ActivityEntry::Kind::operation, order, "Operator action",
       std::string(name_of(action)) + " by " + std::string(who));
  if (action == Action::drain || action == Action::undrain) {
    parts_.rotation.set_service(*backend, action == Action::drain ? Service::draining : Service::running);
    return true;
  }
  orders_.push_back(std::make_unique<Order>(std::move(order)));
  Order& begun = *orders_.back();
  if (action == Action::start) {
    enter(begun, Step::starting);
  } else {
    enter(begun, action == Action::crash ? Step::stopping : Step::draining);
  }
  is_dirty_ = true;
  return true;
}

std::string_view Operations::pending(const upstream::Backend& backend) const {
  const auto order = std::ranges::find_if(
      orders_, [&](const auto& one) { return one->backend.get() == &backend && one->step != Step::over; });
  if (order == orders_.end()) return "";
  return (*order)->action == Action::crash ? "stop" : name_of((*order)->action);
}

std::string Operations::failure(const upstream::Backend& backend) const {
  const auto found = failures_.find(backend.config.name);
  return found == failures_.end() ? "" : found->second;
}

std::vector<std::shared_ptr<upstream::Backend>> Operations::free_and_healthy(
    std::span<const std::shared_ptr<upstream::Backend>> backends) const {
  std::vector<std::shared_ptr<upstream::Backend>> found;
  std::ranges::copy_if(backends, std::back_inserter(found), [this](const auto& backend) {
    return backend->may_be_chosen() && pending(*backend).empty();
  });
  return found;
}

void Operations::advance() {
  is_dirty_ = false;
  for (const auto& order : orders_)
    advance(*order);
  std::erase_if(orders_, [](const auto& order) { return order->step == Step::over; });
  if (!orders_.empty()) parts_.timers.arm(*this, parts_.turn.now + kLookPause);
}

void Operations::advance(Order& order) {
  while (order.step != Step::over) {
    if (order.step == Step::draining) {
      const bool is_empty = parts_.figures.of(*order.backend).requests_active == 0;
      if (!is_empty && parts_.turn.now < order.drained_by) return;
      enter(order, Step::stopping);
      continue;
    }
    if (order.step == Step::checking) {
      if (is_ready(order) || parts_.turn.now >= order.ready_by) return finish(order);
      return parts_.check_now(*order.backend);
    }
    if (!order.is_answered) return;
    if (order.error) return fail(order);
    if (order.step == Step::stopping && order.action == Action::restart) {
      enter(order, Step::starting);
    } else if (order.step == Step::starting) {
      enter(order, Step::checking);
    } else {
      finish(order);
    }
  }
}

// It may have been well before it was stopped; that says nothing of what runs now.
bool Operations::is_ready(const Order& order) const {
  const upstream::Backend& backend = *order.backend;
  if (!backend.config.health_check.enabled || !parts_.driver.reaches(backend.config)) return true;
  return backend.standing.is_healthy() && parts_.figures.of(backend).checks_passed > order.checks_passed;
}

// The driver may answer from within. It knows the order by its number, for it may also answer when nobody
// waits.
void Operations::enter(Order& order, Step step) {
  order.step = step;
  order.is_answered = false;
  if (step == Step::checking) {
    order.ready_by = parts_.turn.now + kReadyPatience;
    order.checks_passed = parts_.figures.of(*order.backend).checks_passed;
    return;
  }
  if (step == Step::draining) return parts_.rotation.set_service(*order.backend, Service::draining);
  const auto done = [this, id = order.id](std::optional<std::string> error) {
    const auto found = std::ranges::find_if(orders_, [id](const auto& one) { return one->id == id; });
    if (found == orders_.end()) return;
    (*found)->is_answered = is_dirty_ = true;
    (*found)->error = std::move(error);
  };
  if (order.action == Action::crash) {
    parts_.driver.kill(order.backend->config, done);
  } else if (step == Step::stopping) {
    parts_.driver.stop(order.backend->config, done);
  } else {
    parts_.driver.start(order.backend->config, done);
  }
}

// What could not be started is out. Nothing is known of what could not be stopped: it serves again if it can,
// and checks tell.
void Operations::fail(Order& order) {
  const bool was_started = order.step == Step::starting;
  order.step = Step::over;
  parts_.rotation.set_service(*order.backend, was_started ? Service::stopped : Service::running);
  failures_[order.backend->config.name] = *order.error;
  note(LogLevel::error, ActivityEntry::Kind::driver, order, "Driver failed", *order.error);
}

// A crash is no wish: where the driver really stops something, checks have to find out. Where it touches
// nothing, taking it out is all that can be shown.
void Operations::finish(Order& order) {
  const bool was_stopped = order.step == Step::stopping;
  order.step = Step::over;
  const bool is_found_out = order.action == Action::crash && parts_.driver.reaches(order.backend->config);
  if (!is_found_out) {
    parts_.rotation.set_service(*order.backend, was_stopped ? Service::stopped : Service::running);
  }
  note(LogLevel::info, ActivityEntry::Kind::driver, order,
       was_stopped ? "Backend stopped" : "Backend started",
       "by the driver " + std::string(parts_.driver.name()));
}

void Operations::note(LogLevel level, ActivityEntry::Kind kind, const Order& order, std::string_view message,
                      std::string_view detail) {
  parts_.activity.add({.time = parts_.turn.wall,
                       .kind = kind,
                       .level = level,
                       .backend = order.backend->config.name,
                       .message = std::string(message),
                       .detail = std::string(detail)});
}

}  // namespace qp::admin

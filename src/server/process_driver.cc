#include "server/process_driver.h"

#include <algorithm>
#include <utility>

#include "admin/operations.h"

namespace qp::server {

SupervisedProcess* ProcessDriver::find(std::string_view name) const {
  const auto found = std::ranges::find(processes_, name, [](const auto& one) { return one->name(); });
  return found == processes_.end() ? nullptr : found->get();
}

bool ProcessDriver::reaches(const config::Backend& backend) const {
  return find(backend.name) != nullptr;
}

admin::Driver::Process ProcessDriver::process(const config::Backend& backend) const {
  const SupervisedProcess* process = find(backend.name);
  return process == nullptr ? Process::unknown : process->state();
}

void ProcessDriver::stop(const config::Backend& backend, Done done) {
  if (SupervisedProcess* process = find(backend.name)) return process->stop(std::move(done));
  done(std::nullopt);
}

void ProcessDriver::start(const config::Backend& backend, Done done) {
  if (SupervisedProcess* process = find(backend.name)) return process->start(std::move(done));
  done(std::nullopt);
}

void ProcessDriver::kill(const config::Backend& backend, Done done) {
  if (SupervisedProcess* process = find(backend.name)) return process->kill(std::move(done));
  done(std::nullopt);
}

void ProcessDriver::install(const std::vector<std::shared_ptr<upstream::Backend>>& backends) {
  for (const auto& process : processes_) {
    const auto stays = std::ranges::any_of(backends, [&](const auto& backend) {
      return backend->config.name == process->name() && !backend->config.command.empty();
    });
    if (!stays) process->leave(parts_.reactor.turn.now + admin::Operations::kDrainPatience);
  }
  for (const auto& backend : backends) {
    if (backend->config.command.empty()) continue;
    if (SupervisedProcess* process = find(backend->config.name)) {
      process->keep(backend->config);
    } else {
      processes_.push_back(std::make_unique<SupervisedProcess>(parts_, backend->config));
    }
  }
}

void ProcessDriver::close() {
  for (const auto& process : processes_)
    process->leave(parts_.reactor.turn.now);
}

bool ProcessDriver::is_closed() const {
  return processes_.empty();
}

bool ProcessDriver::is_dirty() const {
  return std::ranges::any_of(processes_, [](const auto& process) { return process->is_dirty(); });
}

void ProcessDriver::advance() {
  for (const auto& process : processes_) {
    if (process->is_dirty()) process->advance();
  }
}

void ProcessDriver::reap() {
  std::erase_if(processes_, [](const auto& process) { return process->has_left(); });
}

}  // namespace qp::server

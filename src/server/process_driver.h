// Runs the command of each backend that has one, from the start of the proxy until it has answered its last
// request (docs/control-center.md). A backend without a command is somebody else's: it is taken out of
// rotation, and that is all.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "admin/driver.h"
#include "server/supervised_process.h"

namespace qp::server {

class ProcessDriver final : public admin::Driver {
 public:
  using Parts = SupervisedProcess::Parts;
  explicit ProcessDriver(Parts parts) : parts_(std::move(parts)) {}

  std::string_view name() const override { return "process"; }
  bool reaches(const config::Backend& backend) const override;
  Process process(const config::Backend& backend) const override;
  void stop(const config::Backend& backend, Done done) override;
  void start(const config::Backend& backend, Done done) override;
  void kill(const config::Backend& backend, Done done) override;

  void install(const std::vector<std::shared_ptr<upstream::Backend>>& backends) override;
  void close() override;
  bool is_closed() const override;

  bool is_dirty() const override;
  void advance() override;
  void reap() override;

 private:
  SupervisedProcess* find(std::string_view name) const;

  const Parts parts_;
  std::vector<std::unique_ptr<SupervisedProcess>> processes_;
};

}  // namespace qp::server

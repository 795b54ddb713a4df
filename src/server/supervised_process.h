// The process of one backend: run again when it ends by itself, asked to end and then killed when it is not
// wanted any more. What it writes goes to the log, what becomes of it to the activity log. Runs on control.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/activity.h"
#include "admin/driver.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/timer_queue.h"
#include "conn/reactor.h"
#include "io/child_process.h"
#include "io/event_loop.h"
#include "server/output_lines.h"
#include "server/supervision.h"

namespace qp::server {

class SupervisedProcess final : private Timer {
 public:
  using Done = admin::Driver::Done;

  // All of it outlives the process.
  struct Parts {
    conn::Reactor& reactor;
    Log& log;
    std::function<void(admin::ActivityEntry)> note;  // something happened that is to be seen
  };
  // Runs as soon as it is asked what to do.
  SupervisedProcess(const Parts& parts, const config::Backend& backend);
  SupervisedProcess(const SupervisedProcess&) = delete;
  SupervisedProcess& operator=(const SupervisedProcess&) = delete;
  ~SupervisedProcess();

  const std::string& name() const { return name_; }
  admin::Driver::Process state() const;

  void start(Done done);  // done: it runs, or can't be run
  void stop(Done done);   // done: it is gone
  void kill(Done done);

  // The configuration in force has this backend. Another command is that of the next run.
  void keep(const config::Backend& backend);
  // It has this backend no more; what is under way there gets until `deadline`.
  void leave(TimePoint deadline);

  bool is_dirty() const { return is_dirty_; }
  void advance();
  bool has_left() const { return leaves_at_.has_value() && supervision_.is_off(); }

 private:
  struct Bell final : io::EventHandler {
    explicit Bell(bool& is_dirty) : is_dirty_(is_dirty) {}
    void handle_events(io::Events, const Turn&) override { is_dirty_ = true; }
    bool& is_dirty_;
  };

  TimePoint now() const { return parts_.reactor.turn.now; }
  void due() override { is_dirty_ = true; }
  void expect(Done done);
  void answer(std::optional<std::string> error);
  void run();
  void handle_failed_run(const std::string& error);
  void handle_end(const io::ProcessEnd& end);
  void forward_output();
  void log_output(const std::vector<std::string>& lines);
  void note(LogLevel level, std::string_view message, std::string detail);

  const Parts& parts_;
  const std::string name_;
  std::vector<std::string> command_;
  Supervision supervision_;
  std::unique_ptr<io::ChildProcess> child_;  // null: it does not run
  OutputLines output_;
  Done done_;                           // of the order that is under way; none: empty
  std::optional<TimePoint> leaves_at_;  // none: it stays
  bool is_dirty_ = true;
  Bell bell_{is_dirty_};
};

}  // namespace qp::server

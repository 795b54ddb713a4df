#include "server/drill_command.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <utility>

#include "admin/drill_news.h"
#include "config/address.h"
#include "config/read.h"
#include "config/read_drill.h"
#include "io/signals.h"
#include "server/control_client.h"

namespace qp::server {

namespace {

constexpr Duration kPause = std::chrono::seconds(1);
constexpr int kCountsEvery = 5;  // pauses

// What goes wrong ends the command with one line.
struct Trouble {
  ExitCode code = ExitCode::failed;
  std::string text;  // empty: it has been told
};
template <typename T>
using Outcome = std::expected<T, Trouble>;

std::unexpected<Trouble> trouble(std::string text, ExitCode code = ExitCode::failed) {
  return std::unexpected(Trouble{.code = code, .text = std::move(text)});
}

Outcome<std::string> read_plan(const std::string& file) {
  auto source = config::read_source(file);
  if (!source) return trouble(std::move(source.error()), ExitCode::invalid);
  const config::LoadedDrill drill = config::read_drill(*source);
  if (drill.complaints.empty()) return std::move(source->text);
  fmt::print(stderr, "{}", config::to_text(*source, drill.complaints));
  return trouble({}, ExitCode::invalid);
}

Outcome<void> write_file(const std::string& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream) return trouble(fmt::format("cannot write \"{}\"", file));
  return {};
}

class Follower {
 public:
  explicit Follower(std::unique_ptr<ControlClient> client)
      : signals_({SIGINT, SIGTERM}), client_(std::move(client)) {
    client_->listen_to(signals_);
  }

  // The run when it is over.
  Outcome<admin::DrillNews> run(std::string plan) {
    auto news = run_of("POST", "/api/drills/start", std::move(plan));
    for (int pauses = 0; news && news->state == "running"; ++pauses) {
      tell(*news);
      if (pauses % kCountsEvery == kCountsEvery - 1) tell_counts(*news);
      client_->wait(kPause);
      if (auto heard = take_signal(); !heard) return std::unexpected(std::move(heard.error()));
      news = run_of("GET", fmt::format("/api/drills/run?id={}", news->id));
    }
    if (news) tell(*news);
    return news;
  }

  Outcome<std::string> answer(std::string_view method, std::string path, std::string body = {}) {
    auto answer = client_->ask(method, std::move(path), std::move(body));
    if (!answer) return trouble("the control center does not answer: " + answer.error());
    if (answer->status < 200 || answer->status > 299) {
      return trouble(fmt::format("the control center refuses ({}): {}", answer->status,
                                 admin::parse_refusal(answer->body)));
    }
    return std::move(answer->body);
  }

 private:
  Outcome<admin::DrillNews> run_of(std::string_view method, std::string path, std::string body = {}) {
    const auto text = answer(method, std::move(path), std::move(body));
    if (!text) return std::unexpected(text.error());
    auto news = admin::parse_drill_news(*text);
    if (!news) return trouble("the control center says something that is no run of a drill");
    return *std::move(news);
  }

  void tell(const admin::DrillNews& news) {
    for (const admin::DrillNews::Line& line : news.timeline) {
      if (line.id <= told_) continue;
      told_ = line.id;
      fmt::print("{}  {}\n", line.time, line.text);
    }
    std::fflush(stdout);
  }

  static void tell_counts(const admin::DrillNews& news) {
    fmt::print("          {} requests, {} failed\n", news.sent, news.failed);
    std::fflush(stdout);
  }

  // The first one stops the drill, which is followed to its end; a second one leaves it alone.
  Outcome<void> take_signal() {
    if (!signals_.take()) return {};
    if (std::exchange(is_stopped_, true)) return trouble("left before the drill was over");
    // It may have ended meanwhile, and then there is nothing to stop.
    (void)answer("POST", "/api/drills/stop");
    return {};
  }

  io::Signals signals_;
  std::unique_ptr<ControlClient> client_;
  uint64_t told_ = 0;  // of the timeline
  bool is_stopped_ = false;
};

ExitCode code_of(std::string_view state) {
  if (state == "passed") return ExitCode::ok;
  return state == "failed" ? ExitCode::drill_failed : ExitCode::drill_aborted;
}

Outcome<ExitCode> carry_out(const DrillOrder& order) {
  auto plan = read_plan(order.file);
  if (!plan) return std::unexpected(plan.error());
  const auto url = config::parse_url(order.control);
  if (!url) return trouble("--control: " + url.error(), ExitCode::invalid);
  auto client = ControlClient::make(*url, order.token);
  if (!client) return trouble(client.error());

  Follower follower(std::move(*client));
  const auto run = follower.run(*std::move(plan));
  if (!run) return std::unexpected(run.error());
  const std::pair<std::string, std::string> wanted[] = {{order.html_file, "report"},
                                                        {order.json_file, "run"}};
  for (const auto& [file, what] : wanted) {
    if (file.empty()) continue;
    const auto text = follower.answer("GET", fmt::format("/api/drills/{}?id={}", what, run->id));
    if (!text) return std::unexpected(text.error());
    if (auto written = write_file(file, *text); !written) return std::unexpected(written.error());
  }
  fmt::print("{}: {}: {}\n", run->title, run->state, run->verdict);
  return code_of(run->state);
}

}  // namespace

ExitCode run_drill(const DrillOrder& order) {
  const auto code = carry_out(order);
  if (code) return *code;
  if (!code.error().text.empty()) fmt::print(stderr, "quic-proxy: {}\n", code.error().text);
  return code.error().code;
}

}  // namespace qp::server

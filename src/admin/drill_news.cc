#include "admin/drill_news.h"

#include <nlohmann/json.hpp>

namespace qp::admin {

namespace {

using Json = nlohmann::json;

DrillNews::Line line_of(const Json& entry) {
  const auto text = [&entry](const char* name) { return entry.at(name).get<std::string>(); };
  const std::string time = text("time");  // 2026-11-23T12:00:05.000Z
  DrillNews::Line line{.id = entry.at("id").get<uint64_t>(),
                       .time = time.size() < 19 ? time : time.substr(11, 8),
                       .text = text("message")};
  if (const std::string backend = text("backend"); !backend.empty()) line.text = backend + ": " + line.text;
  if (const std::string detail = text("detail"); !detail.empty()) line.text += ": " + detail;
  return line;
}

}  // namespace

std::optional<DrillNews> parse_drill_news(std::string_view json) {
  try {
    const Json run = Json::parse(json);
    DrillNews news{.id = run.at("id").get<uint64_t>(),
                   .title = run.at("title").get<std::string>(),
                   .state = run.at("state").get<std::string>(),
                   .verdict = run.at("verdict").get<std::string>(),
                   .sent = run.at("requests").at("sent").get<uint64_t>(),
                   .failed = run.at("requests").at("failed").get<uint64_t>(),
                   .timeline = {}};
    for (const Json& entry : run.at("timeline"))
      news.timeline.push_back(line_of(entry));
    return news;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::string parse_refusal(std::string_view json) {
  try {
    return Json::parse(json).at("message").get<std::string>();
  } catch (const Json::exception&) {
    return "it is no control center";
  }
}

}  // namespace qp::admin

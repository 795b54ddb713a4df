#include "admin/resources.h"

#include <fmt/format.h>

#include <utility>

namespace qp::admin {

void Resources::add(std::string_view method, std::string_view path, Handler handler) {
  add(method, path, PatientHandler([handler = std::move(handler)](const Request& request, Promise promise) {
        promise.keep(handler(request));
      }));
}

void Resources::add(std::string_view method, std::string_view path, PatientHandler handler) {
  by_path_[std::string(path)].insert_or_assign(std::string(method), std::move(handler));
}

void Resources::answer(const Request& request, Promise promise) const {
  if (guard_) {
    if (auto refused = guard_(request)) return promise.keep(*std::move(refused));
  }
  const auto found = by_path_.find(request.path);
  if (found == by_path_.end()) {
    return promise.keep(refusal(404, "unknown_path", fmt::format("there is nothing at {}", request.path)));
  }
  const Methods& methods = found->second;
  if (const auto method = methods.find(request.method); method != methods.end())
    return method->second(request, std::move(promise));

  std::string allowed = "OPTIONS";
  for (const auto& [method, handler] : methods)
    allowed += method == "GET" ? ", GET, HEAD" : ", " + method;
  Response response = request.method == "OPTIONS"
                          ? Response{.status = 204, .type = {}}
                          : refusal(405, "wrong_method", fmt::format("{} takes {}", request.path, allowed));
  response.fields.add("allow", allowed);
  promise.keep(std::move(response));
}

}  // namespace qp::admin

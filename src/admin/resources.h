// What one listener offers: a handler for each method and path. HEAD, OPTIONS, and the answers for what is
// not there come by themselves.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "admin/message.h"

namespace qp::admin {

class Resources {
 public:
  // Asked first, for whatever a request wants; without one everybody may do everything.
  void guard(Guard guard) { guard_ = std::move(guard); }
  // `method` is GET or POST.
  void add(std::string_view method, std::string_view path, Handler handler);

  // The handler's answer, or why there is none: 404 unknown_path, 405 wrong_method.
  Response answer(const Request& request) const;

 private:
  using Methods = std::map<std::string, Handler, std::less<>>;
  Guard guard_;
  std::map<std::string, Methods, std::less<>> by_path_;
};

}  // namespace qp::admin

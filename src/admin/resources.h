// What one listener offers: a handler for each method and path. HEAD, OPTIONS, and the answers for what is
// not there come by themselves.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "admin/message.h"
#include "admin/promise.h"

namespace qp::admin {

// Why a request goes no further; none: it may.
using Guard = std::function<std::optional<Response>(const Request&)>;
using Handler = std::function<Response(const Request&)>;
// Keeps the promise now or later. The request is gone when it returns.
using PatientHandler = std::function<void(const Request&, Promise)>;

class Resources {
 public:
  // Asked first, for whatever a request wants; without one everybody may do everything.
  void guard(Guard guard) { guard_ = std::move(guard); }
  // `method` is GET or POST.
  void add(std::string_view method, std::string_view path, Handler handler);
  void add(std::string_view method, std::string_view path, PatientHandler handler);

  // The handler keeps the promise; if there is none, the answer says why: 404 unknown_path, 405 wrong_method.
  void answer(const Request& request, Promise promise) const;

 private:
  using Methods = std::map<std::string, PatientHandler, std::less<>>;

  Guard guard_;
  std::map<std::string, Methods, std::less<>> by_path_;
};

}  // namespace qp::admin

// Changes the target on its way to the backend. A path that is rewritten is rewritten in the normalised form
// that the route was chosen by: in the client's spelling, a prefix could be there and not be seen.
#include "proxy/filter.h"

namespace qp::proxy {

namespace {

std::string_view without_final_slash(std::string_view prefix) {
  return prefix.ends_with('/') ? prefix.substr(0, prefix.size() - 1) : prefix;
}

class Rewrite final : public Filter {
 public:
  explicit Rewrite(config::Rewrite rewrite) : rewrite_(std::move(rewrite)) {}

  Verdict handle_request(http::RequestHead& head, const RequestView& request, Reply&) const override {
    if (!rewrite_.host.empty()) head.authority = rewrite_.host;
    if (changes_path() && request.target.path.starts_with('/')) {
      head.path = rewritten(request.target.path).append(http::query_of(request.uri));
    }
    return Verdict::next;
  }

 private:
  bool changes_path() const {
    return !rewrite_.path.empty() || !rewrite_.strip_prefix.empty() || !rewrite_.add_prefix.empty();
  }

  std::string rewritten(std::string_view path) const {
    if (!rewrite_.path.empty()) return rewrite_.path;
    const std::string_view prefix = without_final_slash(rewrite_.strip_prefix);
    if (path == prefix) {
      path = "/";
    } else if (path.starts_with(prefix) && path[prefix.size()] == '/') {
      path.remove_prefix(prefix.size());
    }
    return std::string(without_final_slash(rewrite_.add_prefix)).append(path);
  }

  config::Rewrite rewrite_;
};

}  // namespace

std::unique_ptr<const Filter> make_rewrite(const config::Rewrite& rewrite) {
  return std::make_unique<Rewrite>(rewrite);
}

}  // namespace qp::proxy

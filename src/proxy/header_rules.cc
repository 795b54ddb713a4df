// Fields that the operator wants removed, set and added, in this order, on the way to the backend and back.
#include "proxy/filter.h"

namespace qp::proxy {

namespace {

void apply(const config::HeaderChanges& changes, http::Headers& fields) {
  for (const std::string& name : changes.remove)
    fields.remove(name);
  for (const config::HeaderField& field : changes.set)
    fields.set(field.name, field.value);
  for (const config::HeaderField& field : changes.add)
    fields.add(field.name, field.value);
}

class HeaderRules final : public Filter {
 public:
  explicit HeaderRules(config::HeaderRules rules) : rules_(std::move(rules)) {}

  Verdict handle_request(http::RequestHead& head, const RequestView&, Reply&) const override {
    apply(rules_.request, head.fields);
    return Verdict::next;
  }
  void handle_response(http::ResponseHead& head, const RequestView&) const override {
    apply(rules_.response, head.fields);
  }

 private:
  config::HeaderRules rules_;
};

}  // namespace

std::unique_ptr<const Filter> make_header_rules(const config::HeaderRules& rules) {
  return std::make_unique<HeaderRules>(rules);
}

}  // namespace qp::proxy

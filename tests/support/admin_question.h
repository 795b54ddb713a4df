// A question to what the process offers its operators, without a wire: for handlers that answer at once.
#pragma once
#include <optional>
#include <string_view>
#include <utility>

#include "admin/resources.h"

namespace qp::test {

// Keeps what it is answered.
class Question final : public admin::Asker {
 public:
  void take_answer(admin::Response response) override { answer = std::move(response); }
  using admin::Asker::leave;

  std::optional<admin::Response> answer;
};

inline admin::Response ask(const admin::Resources& resources, std::string_view path,
                           const http::Headers& fields = {}) {
  const http::Peer peer;
  Question question;
  resources.answer({.method = "GET", .path = path, .fields = fields, .peer = peer}, admin::Promise(question));
  return question.answer.value();
}

}  // namespace qp::test

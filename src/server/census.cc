#include "server/census.h"

#include <algorithm>
#include <utility>

namespace qp::server {

void Census::ask(const admin::ConnectionQuery& query, admin::Promise promise) {
  if (questions_.size() >= kQuestionsMax) {
    return promise.keep(admin::refusal(503, "no_answer", "the workers are asked by too many others"));
  }
  const size_t workers = parts_.tell_workers(ListConnections{.question = ++last_id_, .query = query});
  questions_.push_back({.id = last_id_,
                        .promise = std::move(promise),
                        .limit = query.limit,
                        .deadline = parts_.turn.now + kPatience,
                        .workers = workers,
                        .list = {}});
  parts_.timers.arm(*this, questions_.front().deadline);
}

void Census::handle(ConnectionsListed answer) {
  const auto question = std::ranges::find(questions_, answer.question, &Question::id);
  if (question == questions_.end()) return;  // it came too late
  ++question->answers;
  question->list.add(std::move(answer.list), question->limit);
  is_dirty_ = true;
}

void Census::advance() {
  if (!std::exchange(is_dirty_, false)) return;
  std::erase_if(questions_, [this](Question& question) {
    const bool is_over = question.answers == question.workers || question.deadline <= parts_.turn.now;
    if (is_over) settle(question);
    return is_over;
  });
  parts_.timers.arm(*this, questions_.empty() ? kNever : questions_.front().deadline);
}

void Census::settle(Question& question) {
  if (question.answers == 0) {
    return question.promise.keep(
        admin::refusal(503, "no_answer", "no worker answered within a second: they are too busy, or stuck"));
  }
  question.promise.keep(
      {.body = to_json(question.list, question.workers - question.answers) + "\n", .fields = {}});
}

}  // namespace qp::server

#include "server/census.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "support/admin_question.h"

namespace qp::server {
namespace {

using std::chrono::seconds;

// Two workers that answer when the test says.
class CensusTest : public testing::Test {
 protected:
  test::Question& ask(size_t limit = 200) {
    questions_.push_back(std::make_unique<test::Question>());
    census_.ask({.protocol = std::nullopt, .limit = limit}, admin::Promise(*questions_.back()));
    return *questions_.back();
  }
  void answer(const ListConnections& wanted, std::string id, Duration age) {
    admin::ClientConnection connection;
    connection.id = std::move(id);
    connection.age = age;
    census_.handle({.question = wanted.question, .list = {.total = 1, .newest = {connection}}});
    census_.advance();
  }
  void pass(Duration duration) {
    turn_.now += duration;
    timers_.expire(turn_.now);
    census_.advance();
  }

  Turn turn_{TimePoint(seconds(1)), WallTime(seconds(1))};
  TimerQueue timers_;
  std::vector<ListConnections> asked_;
  std::vector<std::unique_ptr<test::Question>> questions_;
  Census census_{{.turn = turn_, .timers = timers_, .tell_workers = [this](const WorkerMessage& message) {
                    asked_.push_back(std::get<ListConnections>(message));
                    return size_t{2};
                  }}};
};

TEST_F(CensusTest, AnswersOnceAllWorkersHave) {
  const test::Question& question = ask();
  answer(asked_[0], "old", seconds(9));
  EXPECT_FALSE(question.answer.has_value());

  answer(asked_[0], "new", seconds(1));

  ASSERT_TRUE(question.answer.has_value());
  EXPECT_EQ(question.answer->status, 200);
  EXPECT_TRUE(
      question.answer->body.starts_with(R"({"total":2,"workers_silent":0,"connections":[{"id":"new")"));
  EXPECT_TRUE(question.answer->body.contains(R"("id":"old")"));
  EXPECT_EQ(timers_.size(), 0u);
}

TEST_F(CensusTest, ListsNoMoreThanIsAskedFor) {
  const test::Question& question = ask(1);
  EXPECT_EQ(asked_[0].query.limit, 1u);

  answer(asked_[0], "old", seconds(9));
  answer(asked_[0], "new", seconds(1));

  EXPECT_TRUE(question.answer->body.contains(R"("id":"new")"));
  EXPECT_FALSE(question.answer->body.contains(R"("id":"old")"));
}

TEST_F(CensusTest, AnswersWithoutAWorkerThatIsTooSlow) {
  const test::Question& question = ask();
  answer(asked_[0], "one", seconds(1));

  pass(Census::kPatience - Duration(1));
  EXPECT_FALSE(question.answer.has_value());
  pass(Duration(1));

  EXPECT_TRUE(question.answer->body.starts_with(R"({"total":1,"workers_silent":1,)"));
  answer(asked_[0], "too late", seconds(1));
}

TEST_F(CensusTest, SaysSoWhereNoWorkerAnswers) {
  const test::Question& question = ask();

  pass(Census::kPatience);

  EXPECT_EQ(question.answer->status, 503);
  EXPECT_TRUE(question.answer->body.contains(R"("error":"no_answer")"));
}

TEST_F(CensusTest, KeepsQuestionsApart) {
  const test::Question& first = ask();
  const test::Question& second = ask();

  answer(asked_[1], "for the second", seconds(1));
  answer(asked_[1], "for the second", seconds(1));

  EXPECT_FALSE(first.answer.has_value());
  EXPECT_TRUE(second.answer.has_value());
  pass(Census::kPatience);
  EXPECT_TRUE(first.answer.has_value());
}

TEST_F(CensusTest, RefusesOneQuestionTooMany) {
  for (size_t i = 0; i < Census::kQuestionsMax; ++i)
    ask();

  const test::Question& one_more = ask();

  EXPECT_EQ(one_more.answer->status, 503);
  EXPECT_EQ(asked_.size(), Census::kQuestionsMax);
  pass(Census::kPatience);
  EXPECT_FALSE(ask().answer.has_value());
}

TEST_F(CensusTest, OutlivesWhoAsked) {
  ask();
  questions_.clear();

  answer(asked_[0], "for nobody", seconds(1));
  answer(asked_[0], "for nobody", seconds(1));

  EXPECT_EQ(timers_.size(), 0u);
}

}  // namespace
}  // namespace qp::server

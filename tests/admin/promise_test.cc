#include "admin/promise.h"

#include <gtest/gtest.h>

#include <optional>

#include "support/admin_question.h"

namespace qp::admin {
namespace {

TEST(PromiseTest, IsKeptOnce) {
  test::Question question;
  Promise promise(question);

  promise.keep({.status = 201, .fields = {}});
  promise.keep({.status = 202, .fields = {}});

  EXPECT_EQ(question.answer->status, 201);
}

TEST(PromiseTest, CanBeHandedOn) {
  test::Question question;
  Promise first(question);
  Promise second(std::move(first));
  std::optional<Promise> third;
  third = std::move(second);

  EXPECT_TRUE(third->is_wanted());
  third->keep({.status = 201, .fields = {}});

  EXPECT_EQ(question.answer->status, 201);
}

TEST(PromiseTest, AnswersAQuestionThatItDiesWith) {
  test::Question question;
  {
    const Promise promise(question);
  }

  EXPECT_EQ(question.answer->status, 503);
}

TEST(PromiseTest, AnswersTheQuestionWhoseAnswerItDropsForAnother) {
  test::Question first;
  test::Question second;
  Promise promise(first);

  promise = Promise(second);
  promise.keep({.status = 200, .fields = {}});

  EXPECT_EQ(first.answer->status, 503);
  EXPECT_EQ(second.answer->status, 200);
}

TEST(PromiseTest, OutlivesWhoAsked) {
  std::optional<test::Question> question(std::in_place);
  Promise promise(*question);
  EXPECT_TRUE(promise.is_wanted());

  question.reset();

  EXPECT_FALSE(promise.is_wanted());
  promise.keep({.status = 200, .fields = {}});
}

TEST(PromiseTest, IsNotWantedByWhoHasLeft) {
  test::Question question;
  Promise promise(question);

  question.leave();
  promise.keep({.status = 200, .fields = {}});

  EXPECT_FALSE(question.answer.has_value());
}

}  // namespace
}  // namespace qp::admin

#include "proxy/retry_budget.h"

#include <gtest/gtest.h>

#include <deque>

namespace qp::proxy {
namespace {

TEST(RetryBudgetTest, AFewRetriesAreFreeHoweverQuietItIs) {
  RetryBudget budget(0.2, 3, 0);
  std::deque<RetryBudget::Share> requests(4);
  for (RetryBudget::Share& request : requests)
    request.open(budget);

  EXPECT_TRUE(requests[0].retry());
  EXPECT_TRUE(requests[1].retry());
  EXPECT_TRUE(requests[2].retry());
  EXPECT_FALSE(requests[3].retry());
}

TEST(RetryBudgetTest, BeyondThemAShareOfWhatIsOpen) {
  RetryBudget budget(0.2, 3, 0);
  std::deque<RetryBudget::Share> requests(100);
  for (RetryBudget::Share& request : requests)
    request.open(budget);

  for (size_t i = 0; i < 20; ++i)
    EXPECT_TRUE(requests[i].retry()) << i;
  EXPECT_FALSE(requests[20].retry());
}

TEST(RetryBudgetTest, ARequestCountsOnceHoweverOftenItIsTried) {
  RetryBudget budget(0, 1, 0);
  RetryBudget::Share request;
  request.open(budget);

  EXPECT_TRUE(request.retry());
  EXPECT_TRUE(request.retry());
  EXPECT_EQ(budget.retries(), 1u);
}

TEST(RetryBudgetTest, AnEndMakesRoom) {
  RetryBudget budget(0, 1, 0);
  RetryBudget::Share later;
  later.open(budget);
  {
    RetryBudget::Share first;
    first.open(budget);
    ASSERT_TRUE(first.retry());
    ASSERT_FALSE(later.retry());
  }

  EXPECT_TRUE(later.retry());
  EXPECT_EQ(budget.open(), 1u);
}

TEST(RetryBudgetTest, NoneIsNone) {
  RetryBudget budget(0, 0, 0);
  RetryBudget::Share request;
  request.open(budget);

  EXPECT_FALSE(request.retry());
}

// So many requests come one after the other, and need no retry.
void pass(RetryBudget& budget, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    RetryBudget::Share request;
    request.open(budget);
  }
}

// How many of so many open requests may be tried again.
size_t granted(RetryBudget& budget, size_t open, size_t broken) {
  std::deque<RetryBudget::Share> requests(open);
  for (RetryBudget::Share& request : requests)
    request.open(budget);
  size_t count = 0;
  for (size_t i = 0; i < broken; ++i)
    count += requests[i].retry() ? 1 : 0;
  return count;
}

TEST(RetryBudgetTest, ABackendThatDiesWithAThirdOfThemBreaksNoneWhenEnoughWasSaved) {
  RetryBudget budget(0.25, 10, 1000);
  pass(budget, 100);

  EXPECT_EQ(granted(budget, 120, 40), 40u);
}

TEST(RetryBudgetTest, WhatWasSavedIsSpentOnce) {
  RetryBudget budget(0.25, 10, 1000);
  pass(budget, 100);

  EXPECT_EQ(granted(budget, 100, 100), 50u);
  EXPECT_EQ(granted(budget, 100, 100), 25u);
}

TEST(RetryBudgetTest, NoMoreIsSavedThanTheMost) {
  RetryBudget budget(0.25, 0, 3);
  pass(budget, 1000);

  EXPECT_EQ(granted(budget, 4, 4), 4u);  // one of the share, three saved
  pass(budget, 12);
  EXPECT_EQ(granted(budget, 5, 5), 4u);
}

TEST(RetryBudgetTest, NeitherARetryNorWhoWasDeniedOneSaves) {
  RetryBudget budget(0.5, 1, 1000);

  for (size_t i = 0; i < 100; ++i)
    EXPECT_EQ(granted(budget, 2, 2), 1u);
}

TEST(RetryBudgetTest, WithoutAShareNothingIsSaved) {
  RetryBudget budget(0, 1, 1000);
  pass(budget, 1000);

  EXPECT_EQ(granted(budget, 2, 2), 1u);
}

TEST(RetryBudgetTest, WhoNeverCameNeedsNoPlace) {
  RetryBudget budget(0.5, 0, 0);
  {
    const RetryBudget::Share request;
  }

  EXPECT_EQ(budget.open(), 0u);
}

}  // namespace
}  // namespace qp::proxy

#include "proxy/retry_budget.h"

#include <gtest/gtest.h>

#include <deque>

namespace qp::proxy {
namespace {

TEST(RetryBudgetTest, AFewRetriesAreFreeHoweverQuietItIs) {
  RetryBudget budget(0.2, 3);
  std::deque<RetryBudget::Share> requests(4);
  for (RetryBudget::Share& request : requests)
    request.open(budget);

  EXPECT_TRUE(requests[0].retry());
  EXPECT_TRUE(requests[1].retry());
  EXPECT_TRUE(requests[2].retry());
  EXPECT_FALSE(requests[3].retry());
}

TEST(RetryBudgetTest, BeyondThemAShareOfWhatIsOpen) {
  RetryBudget budget(0.2, 3);
  std::deque<RetryBudget::Share> requests(100);
  for (RetryBudget::Share& request : requests)
    request.open(budget);

  for (size_t i = 0; i < 20; ++i)
    EXPECT_TRUE(requests[i].retry()) << i;
  EXPECT_FALSE(requests[20].retry());
}

TEST(RetryBudgetTest, ARequestCountsOnceHoweverOftenItIsTried) {
  RetryBudget budget(0, 1);
  RetryBudget::Share request;
  request.open(budget);

  EXPECT_TRUE(request.retry());
  EXPECT_TRUE(request.retry());
  EXPECT_EQ(budget.retries(), 1u);
}

TEST(RetryBudgetTest, AnEndMakesRoom) {
  RetryBudget budget(0, 1);
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
  RetryBudget budget(0, 0);
  RetryBudget::Share request;
  request.open(budget);

  EXPECT_FALSE(request.retry());
}

TEST(RetryBudgetTest, WhoNeverCameNeedsNoPlace) {
  RetryBudget budget(0.5, 0);
  {
    const RetryBudget::Share request;
  }

  EXPECT_EQ(budget.open(), 0u);
}

}  // namespace
}  // namespace qp::proxy

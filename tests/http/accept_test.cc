#include "http/accept.h"

#include <gtest/gtest.h>

namespace qp::http {
namespace {

struct Case {
  const char* accept;
  uint16_t quality;
};

TEST(AcceptTest, TheMostExactRangeDecides) {
  const Case cases[] = {
      {"", 1000},
      {"*/*", 1000},
      {"application/json", 1000},
      {"Application/JSON; charset=utf-8", 1000},
      {"text/html", 0},
      {"application/*;q=0.5", 500},
      {"application/*;q=0.5, application/json;q=0.25", 250},
      {"application/json;q=0, */*", 0},
      {"text/html, application/json;q=0.875;level=1", 875},
      {"*/*;q=0.1, text/*", 100},
      {"application/json ; q=1.000", 1000},
      {"application/json;q=0.", 0},
  };
  for (const auto& [accept, quality] : cases)
    EXPECT_EQ(quality_of(accept, "application/json"), quality) << accept;
}

TEST(AcceptTest, WhatCannotBeReadIsNotWanted) {
  for (const char* accept :
       {",", "application", "json", "application/json;q=2", "application/json;q=x",
        "application/json;q=0.1234", "application/json;q=", "application/json;q=0.1x", "/*", "*"}) {
    EXPECT_EQ(quality_of(accept, "application/json"), 0) << accept;
  }
}

}  // namespace
}  // namespace qp::http

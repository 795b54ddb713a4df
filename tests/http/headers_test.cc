#include "http/headers.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

namespace qp::http {
namespace {

TEST(NameTest, EveryKnownNameIsFoundByItsText) {
  for (size_t i = 1; i < kNameCount; ++i) {
    const Name name = static_cast<Name>(i);
    EXPECT_EQ(name_of(text_of(name)), name) << text_of(name);
  }
}

TEST(NameTest, OtherTextsAreNoKnownName) {
  EXPECT_EQ(name_of(""), Name::other);
  EXPECT_EQ(name_of("x"), Name::other);
  EXPECT_EQ(name_of("Host"), Name::other) << "upper case is for add() to remove";
  EXPECT_EQ(name_of("hast"), Name::other) << "same length, first and last letter as a known name";
  EXPECT_EQ(name_of("x-custom"), Name::other);
  EXPECT_EQ(text_of(Name::other), "");
}

TEST(HeadersTest, KeepsOrderAndStoresNamesInLowerCase) {
  Headers fields;
  fields.add("X-Custom", "One");
  fields.add("HOST", "Example");
  fields.add(Name::via, "1.1 a");

  ASSERT_EQ(fields.size(), 3U);
  EXPECT_EQ(fields[0].name, "x-custom");
  EXPECT_EQ(fields[0].value, "One");
  EXPECT_EQ(fields[0].id, Name::other);
  EXPECT_EQ(fields[1].name, "host");
  EXPECT_EQ(fields[1].value, "Example");
  EXPECT_EQ(fields[1].id, Name::host);
  EXPECT_EQ(fields[2].name, "via");
  EXPECT_EQ(fields[2].id, Name::via);
}

TEST(HeadersTest, FindsTheFirstValueOfAName) {
  Headers fields;
  fields.add("accept", "a");
  fields.add("x-custom", "b");
  fields.add("accept", "c");

  EXPECT_EQ(fields.find(Name::accept), "a");
  EXPECT_EQ(fields.find("accept"), "a");
  EXPECT_EQ(fields.find("x-custom"), "b");
  EXPECT_EQ(fields.find("x-missing"), std::nullopt);
  EXPECT_EQ(fields.find(Name::host), std::nullopt);
  EXPECT_TRUE(fields.has(Name::accept));
  EXPECT_EQ(fields.count(Name::accept), 2U);
  EXPECT_EQ(fields.count(Name::host), 0U);
}

TEST(HeadersTest, RemovesEveryFieldOfAName) {
  Headers fields;
  fields.add("via", "a");
  fields.add("x-custom", "b");
  fields.add("via", "c");

  EXPECT_EQ(fields.remove(Name::via), 2U);
  EXPECT_EQ(fields.remove("x-custom"), 1U);
  EXPECT_EQ(fields.remove("x-custom"), 0U);
  EXPECT_TRUE(fields.empty());
}

TEST(HeadersTest, SetReplacesWhateverWasThere) {
  Headers fields;
  fields.add("x-custom", "a");
  fields.add("te", "x");
  fields.add("x-custom", "b");

  fields.set("X-Custom", "c");
  fields.set(Name::te, "trailers");

  ASSERT_EQ(fields.size(), 2U);
  EXPECT_EQ(fields.find("x-custom"), "c");
  EXPECT_EQ(fields.find(Name::te), "trailers");
}

TEST(HeadersTest, SetKnowsKnownNamesByText) {
  Headers fields;
  fields.set("Content-Length", "5");

  EXPECT_EQ(fields.find(Name::content_length), "5");
}

TEST(HeadersTest, AFieldMayBeMadeOfTextOfTheSameMessage) {
  Headers fields;
  fields.add("x-first", "a value that is longer than what a short string keeps inside");
  for (int i = 0; i < 20; ++i)
    fields.add(fields[0].name, fields[0].value);
  fields.set("x-first", *fields.find("x-first"));

  ASSERT_EQ(fields.size(), 1U);
  EXPECT_EQ(fields[0].name, "x-first");
  EXPECT_EQ(fields[0].value, "a value that is longer than what a short string keeps inside");
}

TEST(HeadersTest, ViewsOutliveRemoval) {
  Headers fields;
  fields.add("x-a", "kept");
  const std::string_view value = *fields.find("x-a");
  fields.remove("x-a");

  EXPECT_EQ(value, "kept");
}

TEST(HeadersTest, TheSizeOfASectionCountsNamesValuesAndThirtyTwoAField) {
  Headers fields;
  EXPECT_EQ(fields.section_bytes(), 0U);
  fields.add("abc", "de");
  fields.add("f", "");

  EXPECT_EQ(fields.section_bytes(), 3U + 2U + 32U + 1U + 0U + 32U);
}

TEST(HeadersTest, AnEmptyValueIsNotAMissingField) {
  Headers fields;
  fields.add("accept", "");

  EXPECT_TRUE(fields.has(Name::accept));
  EXPECT_EQ(fields.find(Name::accept), "");
}

TEST(HeadersTest, BehavesLikeAListOfPairs) {
  const std::vector<std::string> names{"host", "via", "x-a", "x-bb", "accept", "cookie"};
  std::mt19937 random(7);
  Headers fields;
  std::vector<std::pair<std::string, std::string>> model;
  for (int step = 0; step < 4000; ++step) {
    const std::string& name = names[random() % names.size()];
    const std::string value(random() % 40, static_cast<char>('a' + random() % 26));
    switch (random() % 4) {
      case 0:
      case 1:
        fields.add(name, value);
        model.emplace_back(name, value);
        break;
      case 2:
        EXPECT_EQ(fields.remove(name),
                  std::erase_if(model, [&](const auto& pair) { return pair.first == name; }));
        break;
      default:
        fields.set(name, value);
        std::erase_if(model, [&](const auto& pair) { return pair.first == name; });
        model.emplace_back(name, value);
    }
    ASSERT_EQ(fields.size(), model.size());
    for (size_t i = 0; i < model.size(); ++i) {
      ASSERT_EQ(fields[i].name, model[i].first);
      ASSERT_EQ(fields[i].value, model[i].second);
      ASSERT_EQ(fields[i].id, name_of(model[i].first));
    }
    if (model.size() > 40) {
      fields.clear();
      model.clear();
    }
  }
}

}  // namespace
}  // namespace qp::http

#include "upstream/endpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace qp::upstream {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class EndpointsTest : public testing::Test {
 protected:
  static Address address(int number) { return *Address::parse("10.0.0." + std::to_string(number), 80); }
  static AddressList addresses(int count) {
    AddressList list;
    for (int number = 1; number <= count; ++number)
      list.push_back(address(number));
    return list;
  }
  std::string use() {
    Endpoint& chosen = endpoints.choose(now);
    endpoints.note_use(chosen);
    ++chosen.busy;
    return chosen.address.ip_text();
  }
  Endpoint& at(int number) { return *endpoints.find(address(number)); }

  Endpoints endpoints{0};
  TimePoint now{seconds(100)};
};

TEST_F(EndpointsTest, KnowNoneUntilTheyAreTold) {
  EXPECT_FALSE(endpoints.are_known());

  endpoints.replace({});

  EXPECT_TRUE(endpoints.are_known());
  EXPECT_TRUE(endpoints.empty());
}

TEST_F(EndpointsTest, AreChosenInTurn) {
  endpoints.replace(addresses(3));

  std::vector<std::string> chosen;
  for (int i = 0; i < 4; ++i)
    chosen.push_back(use());

  EXPECT_THAT(chosen, ElementsAre("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.1"));
}

TEST_F(EndpointsTest, BeginWhereTheSeedSays) {
  Endpoints others{4};
  others.replace(addresses(3));

  EXPECT_EQ(others.choose(now).address, address(2));
}

TEST_F(EndpointsTest, PreferTheLeastBusy) {
  endpoints.replace(addresses(3));
  at(1).busy = 2;
  at(2).busy = 3;
  at(3).busy = 1;

  std::vector<std::string> chosen;
  for (int i = 0; i < 4; ++i)
    chosen.push_back(use());

  EXPECT_THAT(chosen, ElementsAre("10.0.0.3", "10.0.0.1", "10.0.0.3", "10.0.0.1"));
}

TEST_F(EndpointsTest, PassOverWhoRests) {
  endpoints.replace(addresses(2));
  at(1).rests_until = now + seconds(1);
  at(2).busy = 9;

  EXPECT_EQ(endpoints.choose(now).address, address(2));
  EXPECT_EQ(endpoints.choose(now + seconds(1)).address, address(1));
}

TEST_F(EndpointsTest, DontRestAllAtOnce) {
  endpoints.replace(addresses(2));
  at(1).rests_until = at(2).rests_until = now + seconds(1);
  at(1).busy = 1;

  EXPECT_EQ(endpoints.choose(now).address, address(2));
}

TEST_F(EndpointsTest, KeepWhatIsKnownOfThoseThatStay) {
  endpoints.replace(addresses(3));
  const Endpoint& kept = at(3);
  at(3).busy = 7;

  const Endpoints::All gone = endpoints.replace({address(3), address(4)});

  EXPECT_THAT(gone, SizeIs(2));
  EXPECT_EQ(endpoints.size(), 2U);
  EXPECT_EQ(&at(3), &kept);
  EXPECT_EQ(at(3).busy, 7U);
  EXPECT_EQ(at(3).place, 0U);
  EXPECT_EQ(at(4).busy, 0U);
  EXPECT_EQ(endpoints.find(address(1)), nullptr);
  EXPECT_THAT(endpoints.replace({address(4), address(3)}), IsEmpty());
}

TEST_F(EndpointsTest, HaveTooManyWhenGivingOneAwayMakesItMoreEven) {
  endpoints.replace(addresses(2));
  at(1).busy = 4;
  at(2).busy = 3;
  EXPECT_FALSE(endpoints.has_too_many(at(1), now));

  at(2).busy = 2;
  EXPECT_TRUE(endpoints.has_too_many(at(1), now));
  EXPECT_FALSE(endpoints.has_too_many(at(2), now));

  at(2).rests_until = now + seconds(1);
  EXPECT_FALSE(endpoints.has_too_many(at(1), now));
}

}  // namespace
}  // namespace qp::upstream

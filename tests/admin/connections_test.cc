#include "admin/connections.h"

#include <gtest/gtest.h>

namespace qp::admin {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

ClientConnection connection(std::string id, Duration age) {
  ClientConnection made;
  made.id = std::move(id);
  made.age = age;
  return made;
}

std::string ids(const ConnectionList& list) {
  std::string text;
  for (const ClientConnection& one : list.newest)
    text += one.id;
  return text;
}

TEST(ConnectionsTest, ArePutTogetherNewestFirst) {
  ConnectionList list{.total = 2, .newest = {connection("b", seconds(2)), connection("d", seconds(4))}};

  list.add({.total = 3, .newest = {connection("a", seconds(1)), connection("c", seconds(3))}}, 10);

  EXPECT_EQ(ids(list), "abcd");
  EXPECT_EQ(list.total, 5u);
}

TEST(ConnectionsTest, AreListedUpToTheLimit) {
  ConnectionList list{.total = 2, .newest = {connection("b", seconds(2)), connection("d", seconds(4))}};

  list.add({.total = 2, .newest = {connection("a", seconds(1)), connection("c", seconds(3))}}, 3);

  EXPECT_EQ(ids(list), "abc");
  EXPECT_EQ(list.total, 4u);
}

TEST(ConnectionsTest, AreWrittenWithTheirPathWhereThereIsOne) {
  const ConnectionList list{.total = 9,
                            .newest = {{.id = "0a1b",
                                        .protocol = Protocol::h3,
                                        .version = "QUIC v1",
                                        .peer = "[::1]:4000",
                                        .server_name = "a\"b",
                                        .worker = 1,
                                        .age = milliseconds(1500),
                                        .streams = 2,
                                        .requests_total = 7,
                                        .quic = QuicPath{.rtt = milliseconds(20),
                                                         .rtt_min = std::nullopt,
                                                         .packets_sent = 200,
                                                         .packets_lost = 5,
                                                         .congestion_window_bytes = 12000,
                                                         .bytes_in_flight = 1200,
                                                         .migrations = 1}},
                                       connection("4711", seconds(2))}};

  EXPECT_EQ(to_json(list, 1),
            R"({"total":9,"workers_silent":1,"connections":[)"
            R"({"id":"0a1b","protocol":"h3","version":"QUIC v1","peer":"[::1]:4000","server_name":"a\"b",)"
            R"("worker":1,"age_seconds":1.5,"streams":2,"requests_total":7,"rtt_ms":20,"rtt_min_ms":null,)"
            R"("loss_percent":2.5,"cwnd_bytes":12000,"in_flight_bytes":1200,"migrations":1},)"
            R"({"id":"4711","protocol":"h1","version":"","peer":"","server_name":"","worker":0,)"
            R"("age_seconds":2,"streams":0,"requests_total":0,"rtt_ms":null,"rtt_min_ms":null,)"
            R"("loss_percent":null,"cwnd_bytes":null,"in_flight_bytes":null,"migrations":null}]})");
}

TEST(ConnectionsTest, AreOfAProtocolThatHasAName) {
  EXPECT_EQ(protocol_of("h3"), Protocol::h3);
  EXPECT_EQ(protocol_of("h1"), Protocol::h1);
  EXPECT_EQ(protocol_of("H3"), std::nullopt);
  EXPECT_EQ(protocol_of(""), std::nullopt);
}

}  // namespace
}  // namespace qp::admin

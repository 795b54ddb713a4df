#include "http/hop_by_hop.h"

#include <gtest/gtest.h>

#include <string>

namespace qp::http {
namespace {

TEST(HopByHopTest, RemovesWhatBelongsToOneConnection) {
  Headers fields;
  for (const char* name :
       {"connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"}) {
    fields.add(name, "x");
  }
  fields.add("x-kept", "1");

  remove_hop_by_hop(fields);

  ASSERT_EQ(fields.size(), 1U);
  EXPECT_EQ(fields[0].name, "x-kept");
}

TEST(HopByHopTest, RemovesWhatConnectionNamesWhateverItsCase) {
  Headers fields;
  fields.add("x-hop", "1");
  fields.add("connection", "close, X-Hop");
  fields.add("connection", ",, x-Second ,");
  fields.add("x-second", "2");
  fields.add("x-hop", "3");
  fields.add("x-hopper", "kept");

  remove_hop_by_hop(fields);

  ASSERT_EQ(fields.size(), 1U);
  EXPECT_EQ(fields[0].name, "x-hopper");
}

TEST(HopByHopTest, ConnectionCannotRemoveWhatTheNextHopMustTrust) {
  const std::string names[] = {
      "host",
      "content-length",
      "content-type",
      "cookie",
      "authorization",
      "cache-control",
      "via",
      "forwarded",
      "x-forwarded-for",
      "x-forwarded-proto",
      "x-real-ip",
      "x-forwarded-host",
      "early-data",
      "set-cookie",
      "max-forwards",
      "x-forwarded-anything",
      "expect",
      "trailer",
  };
  for (const std::string& name : names) {
    Headers fields;
    fields.add("connection", name);
    fields.add(name, "kept");

    remove_hop_by_hop(fields);

    EXPECT_EQ(fields.find(name), "kept") << name;
    EXPECT_FALSE(fields.has(Name::connection));
  }
}

TEST(HopByHopTest, OfTeOnlyTrailersIsLeft) {
  Headers with;
  with.add("te", "gzip;q=0.5, Trailers");
  with.add("te", "deflate");
  Headers without;
  without.add("te", "gzip, trailersnot");

  remove_hop_by_hop(with);
  remove_hop_by_hop(without);

  EXPECT_EQ(with.count(Name::te), 1U);
  EXPECT_EQ(with.find(Name::te), "trailers");
  EXPECT_FALSE(without.has(Name::te));
}

TEST(HopByHopTest, TrailersCarryNothingThatFramesRoutesOrAuthenticates) {
  Trailers trailers;
  for (const char* name :
       {"content-length", "transfer-encoding", "host", "authorization", "set-cookie", "connection", "trailer",
        "x-forwarded-for", "location", "cache-control", "te", "content-type", "vary"}) {
    trailers.add(name, "x");
  }
  trailers.add("grpc-status", "0");
  trailers.add("x-checksum", "1");

  remove_forbidden_trailers(trailers);

  ASSERT_EQ(trailers.size(), 2U);
  EXPECT_EQ(trailers[0].name, "grpc-status");
  EXPECT_EQ(trailers[1].name, "x-checksum");
}

TEST(HopByHopTest, ALongListOfOptionsIsRead) {
  Headers fields;
  std::string options;
  for (int i = 0; i < 5000; ++i)
    options.append("x-").append(std::to_string(i)).append(",");
  fields.add("connection", options);
  fields.add("x-4999", "gone");
  fields.add("x-5000", "kept");

  remove_hop_by_hop(fields);

  ASSERT_EQ(fields.size(), 1U);
  EXPECT_EQ(fields[0].name, "x-5000");
}

}  // namespace
}  // namespace qp::http

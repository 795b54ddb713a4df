#include "transport/tls_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/certificates.h"

namespace qp::transport {
namespace {

using test::Certificates;
using testing::AllOf;
using testing::HasSubstr;

CertificateNames names() {
  CertificateNames names;
  names.add("default.test", 0);
  names.add("example.com", 1);
  names.add("*.example.com", 2);
  names.add("exact.example.com", 3);
  names.add("UPPER.Test", 4);
  names.add("*.sub.example.com", 5);
  names.add("example.com", 6);  // served by 1 already
  names.add(std::string_view("nul.test\0.evil.test", 19), 7);
  return names;
}

struct NameCase {
  std::string_view server_name;
  size_t certificate;
};

class CertificateNamesTest : public testing::TestWithParam<NameCase> {};

TEST_P(CertificateNamesTest, FindsTheCertificateOfAName) {
  EXPECT_EQ(names().find(GetParam().server_name), GetParam().certificate);
}

INSTANTIATE_TEST_SUITE_P(Names, CertificateNamesTest,
                         testing::Values(NameCase{"default.test", 0}, NameCase{"example.com", 1},
                                         NameCase{"www.example.com", 2}, NameCase{"WWW.Example.COM", 2},
                                         NameCase{"exact.example.com", 3}, NameCase{"EXACT.example.com.", 3},
                                         NameCase{"upper.test", 4}, NameCase{"a.sub.example.com", 5},
                                         NameCase{"sub.example.com", 2},
                                         NameCase{"a.b.example.com", 0},  // a wildcard is one label
                                         NameCase{"", 0}, NameCase{"unknown.test", 0},
                                         NameCase{"*.example.com", 0}, NameCase{".example.com", 0},
                                         NameCase{"nul.test", 0}, NameCase{".", 0}));

TEST(CertificateNamesTest, KnowsAllNamesOfOneCertificate) {
  CertificateNames names;
  names.add("one.test", 0);
  names.add("Both.test", 0);
  names.add("both.test", 2);

  EXPECT_TRUE(std::ranges::equal(names.of(0), std::vector<std::string>{"one.test", "both.test"}));
  EXPECT_TRUE(names.of(1).empty());
  EXPECT_TRUE(std::ranges::equal(names.of(2), std::vector<std::string>{"both.test"}));
  EXPECT_TRUE(names.of(3).empty());
}

TEST(TlsContextTest, TakesTheNamesFromTheCertificate) {
  Certificates certificates;
  const auto files = certificates.make({"example.com", "*.example.net"});
  TlsServerSettings settings;
  settings.certificates = {{files.cert_file, files.key_file}};

  const auto context = TlsContext::make_server(settings);

  ASSERT_TRUE(context) << context.error();
  EXPECT_TRUE(std::ranges::equal((*context)->names("www.example.net"),
                                 std::vector<std::string>{"example.com", "*.example.net"}));
}

TEST(TlsContextTest, FallsBackToTheCommonName) {
  Certificates certificates;
  const auto files = certificates.make({});
  TlsServerSettings settings;
  settings.certificates = {{files.cert_file, files.key_file}};

  EXPECT_TRUE(std::ranges::equal(TlsContext::make_server(settings).value()->names("anything.test"),
                                 std::vector<std::string>{"common.example"}));
}

TEST(TlsContextTest, KnowsWhenItsCertificatesExpire) {
  Certificates certificates;
  const auto files = certificates.make({"example.com"});
  TlsServerSettings settings;
  settings.certificates = {{files.cert_file, files.key_file}};

  const auto context = TlsContext::make_server(settings).value();

  ASSERT_EQ(context->served().size(), 1u);
  EXPECT_EQ(context->served()[0].cert_file, files.cert_file);
  const auto left = context->served()[0].not_after - std::chrono::system_clock::now();
  EXPECT_GT(left, std::chrono::hours(22));
  EXPECT_LE(left, std::chrono::hours(24));
}

TEST(TlsContextTest, NamesTheFileThatIsMissing) {
  TlsServerSettings settings;
  settings.certificates = {{"/nowhere/cert.pem", "/nowhere/key.pem"}};

  const auto context = TlsContext::make_server(settings);

  ASSERT_FALSE(context);
  EXPECT_EQ(context.error(), "cannot read certificate /nowhere/cert.pem: No such file or directory");
}

TEST(TlsContextTest, NamesTheKeyThatIsNoKey) {
  Certificates certificates;
  const auto files = certificates.make({"example.com"});
  const std::string junk = certificates.write_file("not a key");
  TlsServerSettings settings;
  settings.certificates = {{files.cert_file, junk}};

  const auto context = TlsContext::make_server(settings);

  ASSERT_FALSE(context);
  EXPECT_THAT(context.error(), HasSubstr("cannot read key " + junk));
}

TEST(TlsContextTest, NamesAKeyThatBelongsToAnotherCertificate) {
  Certificates certificates;
  const auto one = certificates.make({"one.test"});
  const auto two = certificates.make({"two.test"});
  TlsServerSettings settings;
  settings.certificates = {{one.cert_file, two.key_file}};

  const auto context = TlsContext::make_server(settings);

  ASSERT_FALSE(context);
  EXPECT_THAT(context.error(),
              AllOf(HasSubstr(one.cert_file), HasSubstr(two.key_file), HasSubstr("mismatch")));
}

TEST(TlsContextTest, NeedsACertificate) {
  EXPECT_FALSE(TlsContext::make_server({}));
}

TEST(TlsContextTest, NamesTheAuthorityFileThatIsMissing) {
  TlsClientSettings settings;
  settings.ca_file = "/nowhere/ca.pem";

  const auto context = TlsContext::make_client(settings);

  ASSERT_FALSE(context);
  EXPECT_THAT(context.error(), HasSubstr("cannot read trusted certificates /nowhere/ca.pem"));
}

}  // namespace
}  // namespace qp::transport

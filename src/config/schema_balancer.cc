#include "config/schema.h"
#include "config/syntax.h"

namespace qp::config {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Choice<Algorithm> kAlgorithms[] = {
    {"round_robin", Algorithm::round_robin}, {"least_connections", Algorithm::least_connections},
    {"weighted", Algorithm::weighted},       {"least_request", Algorithm::least_request},
    {"peak_ewma", Algorithm::peak_ewma},     {"ring_hash", Algorithm::ring_hash},
    {"maglev", Algorithm::maglev},
};
constexpr Choice<SameSite> kSameSites[] = {
    {"lax", SameSite::lax}, {"strict", SameSite::strict}, {"none", SameSite::none}};

}  // namespace

void describe(Visitor& v, HashOn& hash_on) {
  v.value({"header", "Name of a header field of the request; empty: none."},
          text(hash_on.header, parse_optional_field_name, "the name of a header field, such as X-User"));
  v.value({"cookie", "Name of a cookie of the request; empty: none."},
          text(hash_on.cookie, parse_optional_cookie_name, "the name of a cookie, such as session"));
}

void describe(Visitor& v, Sticky& sticky) {
  v.value({"enabled",
           "Sets a cookie that names the backend without telling which it is, and sends later requests there "
           "as long as it may be chosen."},
          flag(sticky.enabled));
  v.value({"name", "Name of the cookie."},
          text(sticky.name, parse_cookie_name, "the name of a cookie, such as quic-proxy-backend"));
  v.value({"ttl", "How long a client keeps it; off: until the browser ends."},
          duration_or_off(sticky.ttl, {seconds(1), hours(24 * 400)}));
  v.value({"path", "Paths for which clients send it."},
          text(sticky.path, parse_cookie_path, "a path that begins with \"/\""));
  v.value({"secure", "Clients send it over TLS only."}, flag(sticky.secure));
  v.value({"http_only", "Hides it from scripts."}, flag(sticky.http_only));
  v.value({"same_site", "Whether it is sent with requests that another site makes a browser send."},
          choice(sticky.same_site, kSameSites));
}

void describe(Visitor& v, LoadBalancer& balancer) {
  v.value({"algorithm", "How a backend is chosen; docs/load-balancing.md says which one to take when."},
          choice(balancer.algorithm, kAlgorithms));
  v.section({"hash_on",
             "What decides with ring_hash and maglev: requests in which it is the same go to the same "
             "backend. Without it, and for requests that don't have it, the client's address decides."},
            section_of(balancer.hash_on));
  v.section({"sticky", "A cookie that keeps a client at the backend that served it first."},
            section_of(balancer.sticky));
  v.value({"minimum_healthy",
           "When fewer of the backends than that may be chosen, unhealthy ones are used too, all but those "
           "that were taken out by hand."},
          minimum_or_off(balancer.minimum_healthy));
  v.value({"slow_start", "For so long a backend that came back gets less than its share, growing."},
          duration_or_off(balancer.slow_start, {milliseconds(1), hours(1)}));
}

}  // namespace qp::config

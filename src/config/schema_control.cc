#include "config/schema.h"
#include "config/syntax.h"

namespace qp::config {

namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr Choice<Driver> kDrivers[] = {
    {"drain", Driver::drain}, {"process", Driver::process}, {"docker", Driver::docker}};

Value origin(std::string& target) {
  return text(target, parse_origin, "an origin such as \"https://admin.example:8889\"");
}

Value drill_file(std::string& target) {
  return text(target, parse_plain, "the path of a file");
}

}  // namespace

void describe(Visitor& v, ControlLinks& links) {
  v.value({"grafana", "Its dashboard."}, url_or_off(links.grafana));
  v.value({"prometheus", "Its page."}, url_or_off(links.prometheus));
  v.value({"jaeger", "Its page."}, url_or_off(links.jaeger));
}

void describe(Visitor& v, Docker& docker) {
  v.value({"socket", "Its Unix socket. Whoever may write to it is root on that machine."},
          text(docker.socket, parse_socket_path, "the absolute path of a socket"));
  v.value({"url", "A proxy of the socket that lets less pass, to be asked instead of it."},
          url_or_off(docker.url));
  v.value({"stop_timeout", "How long a container may take to end before the engine kills it."},
          duration(docker.stop_timeout, {seconds(1), hours(1)}));
}

void describe(Visitor& v, Control& control) {
  v.value({"address", "Address of the control center and its API, for operators alone."},
          address_or_off(control.address));
  v.value({"token",
           "What whoever is not on this machine has to send as \"Authorization: Bearer …\"; empty: one is "
           "made up at "
           "every start and told in the log."},
          text(control.token, parse_token, "16 to 256 letters, digits or marks, or nothing"));
  v.values(
      {"allowed_origins",
       "Origins of pages that may use the API, and with them the names that the control center answers to, "
       "besides those of this machine."},
      values_of(control.allowed_origins, origin));
  v.values({"trusted_networks",
            "Networks whose clients need no token, as if they were on this machine; the gateway of a "
            "container, for "
            "one."},
           values_of(control.trusted_networks, network));
  v.value({"driver",
           "How the control center stops and starts a backend: drain takes it out of rotation and touches "
           "nothing outside; process runs the command of each backend that has one, for as long as the proxy "
           "runs; docker stops and starts its container (control-center.md)."},
          choice(control.driver, kDrivers));
  v.section({"docker", "For the driver docker: the engine that it speaks to."}, section_of(control.docker));
  v.values(
      {"drills",
       "Files of failover drills that the control center offers besides its own (drills.md). One with the "
       "name \"failover\" takes that one's place."},
      values_of(control.drills, drill_file));
  v.section({"links", "Where the control center's page leads to."}, section_of(control.links));
}

}  // namespace qp::config

#!/usr/bin/env python3
"""Containers and Kubernetes, as far as they can be checked without an engine: every file parses, and what is said twice
(ports, paths, times) is said alike."""

import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from support.case import main
from support.proxy import BINARY, ROOT, certificates

try:
    import yaml
except ImportError:
    yaml = None

K8S = ROOT / "deployments" / "k8s"


def read(path):
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def effective(text):
    """What a configuration comes to, after the proxy has found nothing wrong with it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "certs").symlink_to(certificates())
        done = subprocess.run([BINARY, "-T", "-c", "-"], input=text, cwd=folder, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    return yaml.safe_load(done.stdout)


def port_of(address):
    return int(address.rsplit(":", 1)[1])


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text)[1])


@unittest.skipUnless(yaml, "there is no python3-yaml")
class KubernetesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.objects = {(one["kind"], one["metadata"]["name"]): one for path in sorted(K8S.glob("*.yaml"))
                       for one in read(path)}
        text = cls.objects["ConfigMap", "quic-proxy"]["data"]["proxy.yaml"]
        cls.config = effective(text.replace("certs/tls.", "certs/server.").replace('secret_file: "certs/shared"',
                                                                                   'secret_file: "certs/server.key"'))
        cls.pod = cls.objects["Deployment", "quic-proxy"]["spec"]["template"]
        cls.container = cls.pod["spec"]["containers"][0]
        cls.ports = {port["name"]: port for port in cls.container["ports"]}

    def test_the_namespace_comes_first(self):
        self.assertEqual(read(sorted(K8S.glob("*.yaml"))[0])[0]["kind"], "Namespace")
        for (kind, name), one in self.objects.items():
            if kind != "Namespace":
                self.assertEqual(one["metadata"].get("namespace"), "quic-proxy", (kind, name))

    def test_the_container_has_the_ports_of_its_configuration(self):
        server = self.config["server"]
        expected = {"h3": port_of(server["address"]), "https": port_of(server["address"]),
                    "http": port_of(server["fallback_address"]), "health": port_of(self.config["health"]["address"]),
                    "metrics": port_of(self.config["telemetry"]["metrics"]["address"])}

        self.assertEqual({name: port["containerPort"] for name, port in self.ports.items()}, expected)
        self.assertEqual(self.ports["h3"]["protocol"], "UDP")

    def test_services_and_probes_name_ports_that_there_are(self):
        services = [self.objects["Service", name] for name in ("quic-proxy", "quic-proxy-telemetry")]
        services += read(K8S / "examples" / "two-services.yaml")
        for service in services:
            self.assertEqual(service["spec"]["selector"], self.pod["metadata"]["labels"])
            for port in service["spec"]["ports"]:
                target = self.ports[port["targetPort"]]
                self.assertEqual(port.get("protocol", "TCP"), target.get("protocol", "TCP"), port)
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            self.assertEqual(self.container[probe]["httpGet"]["port"], "health")

    def test_clients_find_http3_where_it_is_advertised(self):
        by_name = {port["name"]: port["port"] for port in self.objects["Service", "quic-proxy"]["spec"]["ports"]}

        self.assertEqual(by_name["h3"], by_name["https"])
        self.assertEqual(self.config["server"]["alt_svc"]["advertised_port"], by_name["h3"])

    def test_the_policy_lets_in_what_the_container_listens_for(self):
        policy = self.objects["NetworkPolicy", "quic-proxy"]["spec"]
        let_in = {(port["port"], port["protocol"]) for rule in policy["ingress"] for port in rule["ports"]}

        self.assertEqual(let_in, {(port["containerPort"], port.get("protocol", "TCP")) for port in self.ports.values()})

    def test_there_is_time_to_drain(self):
        sleep = int(self.container["lifecycle"]["preStop"]["exec"]["command"][1])
        drain = seconds(self.config["server"]["shutdown_timeout"])

        self.assertGreater(self.pod["spec"]["terminationGracePeriodSeconds"], sleep + drain)

    def test_memory_limits_have_room_for_the_workers(self):
        workers = self.config["server"]["workers"]
        each = int(self.config["server"]["limits"]["worker_memory_bytes_max"].removesuffix("MiB"))

        self.assertEqual(self.container["resources"]["limits"]["memory"], "1Gi")
        self.assertLessEqual(2 * workers * each, 1024)

    def test_nobody_has_more_rights_than_needed(self):
        for name in ("quic-proxy", "backends"):
            pod = self.objects["Deployment", name]["spec"]["template"]["spec"]
            self.assertTrue(pod["securityContext"]["runAsNonRoot"])
            self.assertIs(pod["automountServiceAccountToken"], False)
            for container in pod["containers"] + pod.get("initContainers", []):
                rights = container["securityContext"]
                self.assertEqual((rights["readOnlyRootFilesystem"], rights["allowPrivilegeEscalation"],
                                  rights["capabilities"]), (True, False, {"drop": ["ALL"]}), container["name"])

    def test_the_backends_are_where_the_configuration_looks_for_them(self):
        service = self.objects["Service", "backends"]
        deployment = self.objects["Deployment", "backends"]["spec"]["template"]

        self.assertEqual(service["spec"]["clusterIP"], "None")  # a headless one, whose name has all addresses
        self.assertEqual(service["spec"]["selector"], deployment["metadata"]["labels"])
        self.assertEqual(self.config["backends"][0]["url"], "http://backends.quic-proxy.svc.cluster.local:%d" %
                         service["spec"]["ports"][0]["port"])

    def test_scaling_and_disruptions_mean_this_deployment(self):
        self.assertEqual(self.objects["HorizontalPodAutoscaler", "quic-proxy"]["spec"]["scaleTargetRef"],
                         {"apiVersion": "apps/v1", "kind": "Deployment", "name": "quic-proxy"})
        for kind, selector in (("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector")):
            self.assertEqual(self.objects[kind, "quic-proxy"]["spec"][selector]["matchLabels"],
                             self.pod["metadata"]["labels"])
        monitor = read(K8S / "examples" / "servicemonitor.yaml")[0]["spec"]
        self.assertEqual(monitor["selector"]["matchLabels"],
                         self.objects["Service", "quic-proxy-telemetry"]["metadata"]["labels"])

    def test_the_secrets_are_the_ones_that_the_pod_looks_for(self):
        known = {one["metadata"]["name"]: set(one["stringData"]) for one in read(K8S / "examples" / "secrets.yaml")}
        volumes = {volume["secret"]["secretName"] for volume in self.pod["spec"]["volumes"] if "secret" in volume}
        script = self.pod["spec"]["initContainers"][0]["command"][-1]

        self.assertEqual(set(known), volumes)
        for keys in known.values():
            for key in keys:
                self.assertIn(f"/{key} ", script)


@unittest.skipUnless(yaml, "there is no python3-yaml")
class ComposeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = read(ROOT / "docker-compose.yml")[0]
        cls.services = cls.stack["services"]
        cls.config = effective((ROOT / "configs" / "compose.yaml").read_text())
        cls.dockerfile = (ROOT / "deployments" / "docker" / "Dockerfile").read_text()

    def published(self, service):
        """{(port on the host, protocol): port in the container}"""
        ports = {}
        for text in self.services[service].get("ports", []):
            place, _, protocol = text.partition("/")
            *_, outside, inside = place.split(":")
            ports[int(outside), protocol or "tcp"] = int(inside)
        return ports

    def test_everything_is_published_where_the_readme_says(self):
        self.assertEqual(self.published("quic-proxy"), {
            (443, "udp"): 443, (443, "tcp"): 443, (80, "tcp"): 80, (8888, "tcp"): 8888, (8889, "tcp"): 8889,
            (9090, "tcp"): 9090})
        self.assertEqual(self.published("prometheus"), {(9091, "tcp"): 9090})
        self.assertEqual(self.published("grafana"), {(3001, "tcp"): 3000})
        self.assertEqual(self.published("jaeger"), {(16686, "tcp"): 16686})

    def test_the_proxy_listens_on_what_is_published(self):
        server = self.config["server"]
        listening = {(port_of(server["address"]), "udp"), (port_of(server["address"]), "tcp"),
                     (port_of(server["fallback_address"]), "tcp"),
                     (port_of(self.config["health"]["address"]), "tcp"),
                     (port_of(self.config["control"]["address"]), "tcp"),
                     (port_of(self.config["telemetry"]["metrics"]["address"]), "tcp")}

        self.assertLessEqual(listening, set(self.published("quic-proxy")))
        exposed = re.search(r"(?m)^EXPOSE (.*)$", self.dockerfile)[1].split()
        self.assertEqual({tuple(text.split("/")) for text in exposed},
                         {(str(port), protocol) for port, protocol in self.published("quic-proxy")})

    def test_the_backends_are_containers_of_their_names(self):
        for backend in self.config["backends"]:
            service = self.services[backend["name"]]
            self.assertEqual(service["container_name"], backend["container"] or backend["name"])
            host, _, port = backend["url"].removeprefix("http://").partition(":")
            self.assertEqual(host, backend["name"])
            inside = service.get("environment", {}).get("PORT") or self.port_in_dockerfile(service["build"])
            self.assertEqual(port or "80", inside)

    def port_in_dockerfile(self, folder):
        return re.search(r"(?m)^EXPOSE (\d+)/tcp", (ROOT / folder / "Dockerfile").read_text())[1]

    def test_a_stop_waits_for_a_drain(self):
        self.assertGreater(seconds(self.services["quic-proxy"]["stop_grace_period"]),
                           seconds(self.config["server"]["shutdown_timeout"]))

    def test_the_proxy_alone_has_the_engines_socket_and_a_group_that_may_open_it(self):
        holders = {name for name, service in self.services.items()
                   if any("docker.sock" in volume for volume in service.get("volumes", []))}
        docker = self.config["control"]["docker"]

        self.assertEqual(holders, {"quic-proxy"})
        self.assertIn(f"${{DOCKER_SOCKET:-/var/run/docker.sock}}:{docker['socket']}", self.services["quic-proxy"]["volumes"])
        self.assertEqual(self.services["quic-proxy"]["group_add"], ["${DOCKER_GID:-65532}"])
        self.assertEqual(self.config["control"]["driver"], "docker")

    def test_the_control_center_trusts_the_gateway_and_no_container(self):
        network, = self.stack["networks"]["default"]["ipam"]["config"]
        default = "${STACK_NETWORK:-10.189.88}"

        self.assertEqual(network, {"subnet": f"{default}.0/24", "gateway": f"{default}.1"})
        self.assertEqual(self.services["quic-proxy"]["environment"]["STACK_NETWORK"], default)
        self.assertEqual(self.config["control"]["trusted_networks"], ["10.189.88.1/32"])
        for address in ("8889", "8888", "9090"):
            self.assertIn(f"127.0.0.1:{address}:{address}", self.services["quic-proxy"]["ports"])

    def test_the_gate_before_the_socket_lets_nothing_else_through(self):
        text = (ROOT / "deployments" / "docker" / "gate.yaml").read_text()
        gate = effective(text)
        stack = read(ROOT / "docker-compose.gate.yml")[0]["services"]
        orders = {f"/containers/{backend['name']}/{order}" for backend in self.config["backends"]
                  for order in ("stop", "start", "kill")}

        self.assertEqual({route["match"]["path"] for route in gate["routes"]}, orders)
        for route in gate["routes"]:
            self.assertEqual((route["match"]["host"], route["match"]["methods"]), ("", ["POST"]))
        self.assertEqual(gate["backends"][0]["socket"], self.config["control"]["docker"]["socket"])
        self.assertEqual(stack["docker-gate"]["networks"], ["gate"])
        self.assertEqual(stack["quic-proxy"]["environment"]["DOCKER_GATE"],
                         f"http://docker-gate:{port_of(gate['server']['fallback_address'])}")
        self.assertEqual(stack["quic-proxy"]["volumes"], [f"/dev/null:{self.config['control']['docker']['socket']}"])

    def test_mounted_files_are_there(self):
        for name, service in self.services.items():
            for volume in service.get("volumes", []):
                source = volume.split(":")[0]
                if source.startswith("./"):
                    self.assertTrue((ROOT / source).exists(), f"{name}: {source}")

    def test_grafana_asks_the_prometheus_of_the_stack(self):
        source = read(ROOT / "monitoring" / "grafana" / "provisioning" / "datasources" / "prometheus.yml")[0]
        folder = read(ROOT / "monitoring" / "grafana" / "provisioning" / "dashboards" / "quic-proxy.yml")[0]
        mounts = [volume.split(":") for volume in self.services["grafana"]["volumes"]]

        self.assertEqual(source["datasources"][0]["url"], "http://prometheus:9090")
        self.assertIn(folder["providers"][0]["options"]["path"], [inside for _, inside, *_ in mounts])

    def test_prometheus_asks_the_proxy_of_the_stack(self):
        jobs = read(ROOT / "monitoring" / "prometheus.yml")[0]["scrape_configs"]
        targets = [target for job in jobs for config in job["static_configs"] for target in config["targets"]]
        port = port_of(self.config["telemetry"]["metrics"]["address"])

        self.assertIn(f"quic-proxy:{port}", targets)

    def test_spans_go_to_the_jaeger_of_the_stack(self):
        self.assertEqual(self.config["telemetry"]["tracing"]["jaeger_endpoint"], "http://jaeger:14268/api/traces")
        self.assertIn("jaeger", self.services)


@unittest.skipUnless(yaml, "there is no python3-yaml")
class WorkflowTest(unittest.TestCase):
    def test_every_step_of_ci_run_has_a_job(self):
        steps = set(re.findall(r"(?m)^(?:further_)?step (\w+)", (ROOT / ".ci" / "run").read_text()))
        jobs = read(ROOT / ".github" / "workflows" / "ci.yml")[0]["jobs"]

        self.assertEqual(set(jobs["step"]["strategy"]["matrix"]["step"]) | {"image"}, steps)
        self.assertIn("image", jobs)


if __name__ == "__main__":
    main()

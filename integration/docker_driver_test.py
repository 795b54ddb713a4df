#!/usr/bin/env python3
"""The control center's driver docker: what it asks the engine for, and what operators learn when that goes wrong. The
engine here is a double (support/docker_engine.py). With QP_DOCKER_HOST=unix:///var/run/docker.sock the same is done
with containers of a real one, made from the image QP_DOCKER_IMAGE (quic-proxy-python-backend, from
examples/python-backend); the ports that it publishes on 127.0.0.1 have to be reachable."""

import os
import socket
import tempfile
import threading
import unittest
from pathlib import Path

from support.admin import ask
from support.backend import Backend, response
from support.case import ProxyTest, main, wait_for
from support.clients import curl
from support.docker_engine import EngineClient, EngineDouble
from support.operator import Operator
from support.steady_load import SteadyLoad

ENGINE = os.environ.get("QP_DOCKER_HOST", "")
IMAGE = os.environ.get("QP_DOCKER_IMAGE", "quic-proxy-python-backend")


class DockerDriverTest(ProxyTest):
    BACKENDS = 0

    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="quic-proxy-test-"))
        self.socket = Path(folder, "docker.sock")
        self.backends = [self.start_backend(name=f"backend{number}") for number in (1, 2)]

    def start(self, backends=None, **docker):
        changes = {"control": {"driver": "docker", "docker": {"socket": str(self.socket), **docker}}}
        if backends:
            changes["backends"] = backends
        self.proxy = self.start_proxy(self.backends, changes)
        self.operator = Operator(self.proxy)

    def start_engine(self, *containers):
        return self.enterContext(EngineDouble(self.socket, containers))

    def test_containers_are_stopped_started_and_restarted(self):
        engine = self.start_engine("backend1", "backend2")
        self.start(stop_timeout="7s")

        self.operator.order("stop", "backend1")
        self.operator.wait_for_state("backend1", "stopped")
        self.assertEqual(engine.is_running, {"backend1": False, "backend2": True})
        self.assertEqual({curl("plain", self.proxy.url("plain")).get("x-backend") for _ in range(4)}, {"backend2"})
        self.operator.order("start", "backend1")
        self.operator.wait_for_state("backend1", "healthy")
        self.operator.order("restart", "backend2")
        wait_for(lambda: engine.orders, lambda orders: len(orders) == 4)
        self.operator.wait_for_state("backend2", "healthy")

        self.assertEqual(engine.orders, ["stop backend1", "start backend1", "stop backend2", "start backend2"])
        self.assertEqual(engine.requests[0].target, "/containers/backend1/stop?t=7")
        self.assertEqual(engine.is_running, {"backend1": True, "backend2": True})

    def test_what_is_so_already_is_no_failure(self):
        engine = self.start_engine("backend1")
        engine.is_running["backend1"] = False
        self.start()

        self.operator.order("stop", "backend1")

        self.operator.wait_for_state("backend1", "stopped")

    def test_a_crash_kills_a_container(self):
        engine = self.start_engine("backend1", "backend2")
        self.start()

        name = ask(self.proxy.control_port, "/api/crash", "POST").json()["name"]

        wait_for(lambda: engine.orders, bool)
        self.assertEqual(engine.orders, [f"kill {name}"])

    def test_a_container_may_have_a_name_of_its_own(self):
        engine = self.start_engine("web-1")
        self.start([{"name": "backend1", "url": self.backends[0].url, "container": "web-1"}])

        self.operator.order("stop", "backend1")
        self.operator.wait_for_state("backend1", "stopped")

        self.assertEqual(engine.orders, ["stop web-1"])

    def test_the_engines_reason_reaches_the_operator_and_the_backend_stays_in_rotation(self):
        self.start_engine("backend2")
        self.start()

        self.operator.order("stop", "backend1")

        self.assertEqual(self.operator.wait_for_failure("backend1"), "Docker answers 404: No such container: backend1")
        self.operator.wait_for_state("backend1", "healthy")
        self.proxy.wait_for_line(msg="Driver failed", backend="backend1")

    def test_an_engine_that_is_not_there_is_told_plainly(self):
        self.start()

        self.operator.order("stop", "backend1")

        self.assertEqual(self.operator.wait_for_failure("backend1"),
                         f"{self.socket} cannot be reached: there is no such socket")

    def test_a_socket_that_nobody_serves_is_told_plainly(self):
        with socket.socket(socket.AF_UNIX) as gone:
            gone.bind(str(self.socket))
        self.start()

        self.operator.order("start", "backend1")

        self.assertEqual(self.operator.wait_for_failure("backend1"),
                         f"nobody listens at {self.socket}; is Docker running?")

    def test_an_engine_that_talks_nonsense_is_no_answer(self):
        engine = self.start_engine("backend1")
        engine.handler = lambda request, wire: b"220 smtp.example ESMTP\r\n\r\n"
        self.start()

        self.operator.order("start", "backend1")

        self.assertIn(f"no answer of Docker's came from {self.socket}: ", self.operator.wait_for_failure("backend1"))

    def test_an_endless_answer_is_cut_off(self):
        engine = self.start_engine("backend1")
        engine.handler = lambda request, wire: response(500, b'{"message":"' + b"a" * 1_000_000 + b'"}')
        self.start()

        self.operator.order("start", "backend1")

        self.assertEqual(self.operator.wait_for_failure("backend1"), "Docker answers 500 and gives no reason")

    def test_nothing_waits_for_an_engine_that_takes_its_time(self):
        engine = self.start_engine("backend1", "backend2")
        may_answer = threading.Event()
        self.addCleanup(may_answer.set)

        def slowly(request, wire):
            may_answer.wait(60)
            return engine.greet(request, wire)

        engine.handler = slowly
        self.start()
        self.operator.order("stop", "backend1")
        engine.wait_for_requests(1)

        for _ in range(10):
            self.assertEqual(self.operator.backend("backend1")["pending"], "stop")
        self.assertEqual(curl("h3", self.proxy.url("h3")).get("x-backend"), "backend2")
        may_answer.set()
        self.operator.wait_for_state("backend1", "stopped")

    def test_the_end_waits_for_no_engine(self):
        engine = self.start_engine("backend1")
        engine.handler = lambda request, wire: None
        self.start()
        self.operator.order("stop", "backend1")
        engine.wait_for_requests(1)

    def test_a_proxy_of_the_socket_may_stand_in_between(self):
        engine = self.start_engine("backend1")
        between = self.enterContext(Backend("between", lambda request, wire: engine.greet(request, wire)))
        self.start(url=between.url)

        self.operator.order("stop", "backend1")
        self.operator.wait_for_state("backend1", "stopped")

        self.assertEqual((engine.orders, engine.connections), (["stop backend1"], 0))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@unittest.skipUnless(ENGINE.startswith("unix://"), "QP_DOCKER_HOST names no Docker Engine: unix:///var/run/docker.sock")
class RealEngineTest(ProxyTest):
    BACKENDS = 0
    CHECK = {"enabled": True, "interval": "200ms", "timeout": "200ms", "unhealthy_threshold": 2,
             "healthy_threshold": 1}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path = ENGINE.removeprefix("unix://")
        cls.engine = EngineClient(cls.path)
        cls.containers = {}
        for number in (1, 2, 3):
            name, port = f"qp-test-{os.getpid()}-{number}", free_port()
            cls.engine.run(IMAGE, name, port, ["--name", f"backend{number}"])
            cls.addClassCleanup(cls.engine.remove, name)
            cls.containers[f"backend{number}"] = (name, port)

    def setUp(self):
        for name, _ in self.containers.values():
            self.engine.ask("POST", f"/containers/{name}/start")
        backends = [{"name": backend, "container": name, "url": f"http://127.0.0.1:{port}"}
                    for backend, (name, port) in self.containers.items()]
        backends.append({"name": "elsewhere", "container": "qp-test-no-such", "url": backends[0]["url"]})
        self.proxy = self.start_proxy([], {
            "backends": backends, "health_check": self.CHECK,
            "control": {"driver": "docker", "docker": {"socket": self.path, "stop_timeout": "2s"}}})
        self.operator = Operator(self.proxy)
        for backend in self.containers:
            self.operator.wait_for_state(backend, "healthy")

    def state(self, backend):
        return self.engine.state(self.containers[backend][0])

    def test_containers_stop_start_and_restart_and_no_client_notices(self):
        with SteadyLoad(self.proxy) as load:
            self.operator.order("stop", "backend1")
            self.operator.wait_for_state("backend1", "stopped")
            self.assertFalse(self.state("backend1")["Running"])
            self.assertNotIn("backend1", load.share())

            self.operator.order("start", "backend1")
            self.operator.wait_for_state("backend1", "healthy")
            self.assertTrue(self.state("backend1")["Running"])
            self.assertIn("backend1", load.share())

            before = self.state("backend2")["StartedAt"]
            self.operator.order("restart", "backend2")
            wait_for(lambda: self.state("backend2"), lambda state: state["Running"] and state["StartedAt"] != before)
            self.operator.wait_for_state("backend2", "healthy")

        self.assertEqual(load.failures, [])

    def test_a_crash_kills_a_container_and_checks_find_out(self):
        for backend in ("elsewhere", "backend2", "backend3"):
            self.operator.order("drain", backend)

        crashed = ask(self.proxy.control_port, "/api/crash", "POST").json()["name"]

        self.assertEqual(crashed, "backend1")
        self.operator.wait_for_state("backend1", "unhealthy")
        self.assertEqual((self.state("backend1")["Running"], self.state("backend1")["ExitCode"]), (False, 137))
        self.operator.order("start", "backend1")
        self.operator.wait_for_state("backend1", "healthy")

    def test_a_container_that_is_not_there_is_told_plainly(self):
        self.operator.order("stop", "elsewhere")

        self.assertEqual(self.operator.wait_for_failure("elsewhere"),
                         "Docker answers 404: No such container: qp-test-no-such")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""`quic-proxy healthcheck`, as the probe of a container runs it."""

import json
import subprocess

from support.case import ProxyTest, main
from support.proxy import BINARY, configuration


class HealthcheckTest(ProxyTest):
    def healthcheck(self, changes):
        config = json.dumps(configuration(self.backends, changes))
        return subprocess.run([BINARY, "healthcheck", "-c", "-"], input=config, capture_output=True, text=True,
                              timeout=30)

    def test_a_proxy_that_serves_is_well(self):
        done = self.healthcheck({"health": {"address": f"127.0.0.1:{self.proxy.health_port}"}})

        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_a_proxy_that_listens_everywhere_is_asked_on_loopback(self):
        done = self.healthcheck({"health": {"address": f"0.0.0.0:{self.proxy.health_port}"}})

        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_bad_edit_elsewhere_in_the_file_is_not_the_proxys_illness(self):
        done = self.healthcheck({"health": {"address": f"127.0.0.1:{self.proxy.health_port}"},
                                 "load_balancer": {"algorithm": "round_robbin"}})

        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_nobody_there_is_one_clear_line(self):
        port = self.start_backend().port
        with self.subTest("refuses"):
            done = self.healthcheck({"health": {"address": "127.0.0.1:1"}})
            self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1), done.stderr)
        with self.subTest("is somebody else"):
            done = self.healthcheck({"health": {"address": f"127.0.0.1:{port}"},
                                     "backends": [{"name": "b", "url": "http://127.0.0.1:1"}]})
            self.assertEqual(done.returncode, 0, done.stderr)  # it says 200: no more is asked of it

    def test_without_health_pages_there_is_nobody_to_ask(self):
        done = self.healthcheck({"health": {"address": "off"}})

        self.assertEqual(done.returncode, 1)
        self.assertIn("health.address is off", done.stderr)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""The control center's page in a real Chromium against the real proxy: web/browser/*.test.mjs.

Needs chromium, node and web/node_modules (tools/setup web, tools/web); is skipped where one of them is missing. The
screenshots are kept in build/control-center/.
"""

import os
import shutil
import subprocess
import unittest

from support.case import ProxyTest, main
from support.process_backends import process_backend, run_by_the_proxy
from support.proxy import ROOT

BROWSER = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SCREENSHOTS = ROOT / "build" / "control-center"
SECONDS = 500


def missing():
    if not shutil.which("node"):
        return "node"
    if not os.access(BROWSER, os.X_OK):
        return BROWSER
    modules = ROOT / "web" / "node_modules"
    return next((str(modules / name) for name in ("playwright-core", "axe-core") if not (modules / name).is_dir()), None)


@unittest.skipIf(missing(), f"there is no {missing()}: tools/setup web && tools/web test")
class ControlPageTest(ProxyTest):
    BACKENDS = 3
    CONFIG = {"health_check": {"enabled": True, "interval": "1s", "timeout": "1s", "healthy_threshold": 1}}

    def run_in_browser(self, name, proxy=None, **more):
        proxy = proxy or self.proxy
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {"CONTROL_URL": f"http://127.0.0.1:{proxy.control_port}", "CHROMIUM": BROWSER,
                                    "PROXY_PID": str(proxy.pid), "SCREENSHOTS": str(SCREENSHOTS)} | more
        ended = subprocess.run(["node", "--test", str(ROOT / "web" / "browser" / f"{name}.test.mjs")], env=environment,
                               text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS)
        print(ended.stdout)
        self.assertEqual(ended.returncode, 0)

    def test_every_button_does_what_it_says(self):
        self.run_in_browser("orders")

    def test_backends_that_the_proxy_runs_are_really_stopped(self):
        backends = [process_backend(number) for number in (1, 2, 3)]
        proxy = self.start_proxy([], run_by_the_proxy(backends))
        for backend in backends:
            proxy.wait_for_line(msg="Backend output", backend=backend["name"])

        self.run_in_browser("processes", proxy, BACKEND_URLS=" ".join(backend["url"] for backend in backends))

    def test_every_view_is_for_everybody(self):
        self.run_in_browser("views")


if __name__ == "__main__":
    main()

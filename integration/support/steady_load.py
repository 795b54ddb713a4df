"""Requests without a pause, from one curl on one connection, each of them accounted for."""

import subprocess
import threading
import time
from collections import Counter

from .clients import start_curl


class SteadyLoad:
    """Runs while the `with` block does. `answers` lists, in order, which backend answered; `failures` what went
    wrong."""

    PARALLEL = 3
    REQUESTS_MAX = 1_000_000
    SECONDS_MAX = 110

    def __init__(self, proxy, wire="h3", path="/"):
        self.answers = []
        self.failures = []
        separator = "&" if "?" in path else "?"
        self._curl = start_curl(
            wire, "--parallel", "--parallel-max", str(self.PARALLEL), "--parallel-immediate", "-o", "/dev/null",
            "-w", "%{stderr}%{http_code} %header{x-backend} %{exitcode} %{errormsg}\\n",
            f"{proxy.url(wire, path)}{separator}n=[1-{self.REQUESTS_MAX}]", seconds=self.SECONDS_MAX)
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self):
        self._reader.start()
        self.wait_for(1)
        return self

    def __exit__(self, *_):
        self._curl.terminate()
        try:
            self._curl.wait(10)
        except subprocess.TimeoutExpired:
            self._curl.kill()
            self._curl.wait()
        self._reader.join()
        self._curl.stdout.close()
        self._curl.stderr.close()

    def wait_for(self, count, timeout=30):
        """That many more answers or failures."""
        wanted = self.total + count
        deadline = time.monotonic() + timeout
        while self.total < wanted:
            if time.monotonic() > deadline or not self._reader.is_alive():
                raise AssertionError(f"{self.total} of {wanted} requests done; failures: {self.failures[:5]}")
            time.sleep(0.01)

    def share(self, count=150):
        """Who answers the next requests, how often."""
        self.wait_for(2 * self.PARALLEL)  # what was under way
        start = len(self.answers)
        self.wait_for(count)
        return Counter(self.answers[start:start + count])

    @property
    def total(self):
        return len(self.answers) + len(self.failures)

    def _read(self):
        for line in self._curl.stderr:
            if not line.endswith(b"\n"):
                return  # cut off by our own end
            status, _, rest = line.decode().strip().partition(" ")
            backend, _, error = rest.partition(" ")
            if status == "200" and backend and error.split(" ")[0] == "0":
                self.answers.append(backend)
            else:
                self.failures.append(line.decode().strip())

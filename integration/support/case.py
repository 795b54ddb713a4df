"""What every test file begins with: backends and a proxy for all tests of a class, or for one test alone."""

import time
import unittest

from .backend import Backend
from .proxy import PATIENCE_SECONDS, Proxy, configuration


class ProxyTest(unittest.TestCase):
    """A class says with how many backends and with what changes to the configuration its proxy runs."""

    BACKENDS = 1
    CONFIG = {}

    @classmethod
    def setUpClass(cls):
        cls.backends = [cls.enterClassContext(Backend(f"backend{number}")) for number in range(1, cls.BACKENDS + 1)]
        cls.backend = cls.backends[0] if cls.backends else None
        cls.proxy = cls.enterClassContext(Proxy(configuration(cls.backends, cls.CONFIG))) if cls.backends else None

    def setUp(self):
        for backend in self.backends:
            backend.forget()

    def start_backend(self, handler=None, name="backend1"):
        return self.enterContext(Backend(name, handler))

    def start_proxy(self, backends, changes=None, **options):
        return self.enterContext(Proxy(configuration(backends, changes), **options))


def wait_for(what, holds, patience=PATIENCE_SECONDS):
    """The first value of `what` that `holds`."""
    deadline = time.monotonic() + patience
    while True:
        value = what()
        if holds(value):
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience} s: {str(value)[:4000]}")
        time.sleep(0.1)


def main():
    unittest.main(verbosity=2)

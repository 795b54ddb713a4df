"""Backends that the proxy under test runs itself."""

import socket
import sys

from .proxy import ROOT

CHECKS = {"enabled": True, "interval": "500ms", "timeout": "500ms", "unhealthy_threshold": 2, "healthy_threshold": 1}


def free_port():
    """One that nobody has now; the kernel gives none of its own choice twice in a short time."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def process_backend(number, command=None):
    """An item of `backends`: the example in Python, or another command."""
    name, port = f"backend{number}", free_port()
    program = [sys.executable, str(ROOT / "examples" / "python-backend" / "server.py")]
    return {"name": name, "url": f"http://127.0.0.1:{port}",
            "command": command or [*program, "--port", str(port), "--name", name]}


def run_by_the_proxy(backends):
    """The changes to a configuration."""
    return {"backends": backends, "control": {"driver": "process"}, "health_check": CHECKS}

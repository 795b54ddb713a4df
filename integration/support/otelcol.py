"""The real OpenTelemetry Collector: takes OTLP over HTTP, and passes on what it understood."""

import json
import os
import socket
import subprocess
import tempfile
from pathlib import Path

from .case import wait_for
from .proxy import DIE_WITH_PARENT

OTELCOL = os.environ.get("OTELCOL", "")  # its binary


def _free_address():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


class OpenTelemetryCollector:
    """Runs while the `with` block does. Spans go on, in OTLP and as they come, to the collector at `next_url`."""

    def __init__(self, next_url):
        self._folder = tempfile.TemporaryDirectory(prefix="quic-proxy-otelcol-")
        self._address = _free_address()
        self.url = f"http://{self._address}"
        config = {
            "receivers": {"otlp": {"protocols": {"http": {"endpoint": self._address}}}},
            "exporters": {"otlphttp": {"endpoint": next_url, "compression": "none",
                                       "sending_queue": {"enabled": False}, "retry_on_failure": {"enabled": False}}},
            "service": {"telemetry": {"metrics": {"level": "none"}},
                        "pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["otlphttp"]}}},
        }
        self._config = Path(self._folder.name) / "config.yaml"
        self._config.write_text(json.dumps(config))  # which is YAML, too
        self._log = Path(self._folder.name) / "log"

    def __enter__(self):
        with open(self._log, "w") as log:
            self._process = subprocess.Popen([*DIE_WITH_PARENT, OTELCOL, f"--config=file:{self._config}"],
                                             stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_for(self._state, lambda state: state != "starts")
            if self._state() == "ended":
                raise AssertionError("the Collector does not start: " + self._log.read_text()[-2000:])
        except AssertionError:
            self._end()
            raise
        return self

    def __exit__(self, *_):
        self._end()

    def _end(self):
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def _state(self):
        if self._process.poll() is not None:
            return "ended"
        host, port = self._address.split(":")
        try:
            socket.create_connection((host, int(port)), timeout=5).close()
        except OSError:
            return "starts"
        return "listens"

"""The real Prometheus: it scrapes a proxy each second and answers queries. And its tool, promtool."""

import json
import re
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from .proxy import DIE_WITH_PARENT, ROOT

PROMETHEUS = str(ROOT / "tools" / "prometheus")
START_SECONDS = 60
_SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$')
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')


def promtool(*arguments, stdin=None):
    """(exit code, all that it printed)"""
    done = subprocess.run([PROMETHEUS, "promtool", *arguments], input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120)
    return done.returncode, done.stdout


def fetch(url, accept="text/plain"):
    """(content type, text)"""
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def series(name, **labels):
    """How a series is named here."""
    return name, frozenset((label, value) for label, value in labels.items() if value)


def samples(page):
    """{series: value} of a page of metrics; a label with no value is a label that is not there."""
    found = {}
    for line in page.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = _SAMPLE.match(line).groups()
        unescaped = {label: text.encode().decode("unicode_escape") for label, text in _LABEL.findall(labels or "")}
        key = series(name, **unescaped)
        if key in found:
            raise AssertionError(f"twice on the page: {line}")
        found[key] = float(value)
    return found


class Prometheus:
    """Runs while the `with` block does."""

    def __init__(self, target):
        self._folder = tempfile.TemporaryDirectory(prefix="quic-proxy-prometheus-")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._address = f"127.0.0.1:{free.getsockname()[1]}"
        config = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "scrape_configs": [{"job_name": "quic-proxy", "static_configs": [{"targets": [target]}]}],
        }
        self._config = Path(self._folder.name) / "prometheus.yml"
        self._config.write_text(json.dumps(config))

    def __enter__(self):
        self._log = open(Path(self._folder.name) / "log", "w")
        self._process = subprocess.Popen(
            [*DIE_WITH_PARENT, PROMETHEUS, "prometheus", f"--config.file={self._config}",
             f"--storage.tsdb.path={self._folder.name}/data", f"--web.listen-address={self._address}"],
            stdout=self._log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._end()
                raise AssertionError("Prometheus does not start: " + (Path(self._folder.name) / "log").read_text()[-2000:])
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        self._end()
        self._folder.cleanup()

    def _end(self):
        self._process.terminate()
        self._process.wait(30)
        self._log.close()

    def _is_ready(self):
        try:
            return fetch(f"http://{self._address}/-/ready") is not None
        except OSError:
            return False

    def _get(self, path, **parameters):
        url = f"http://{self._address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            answer = json.loads(fetch(url, "application/json")[1])
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from None
        return answer["data"]

    def query(self, expression):
        """[(labels, value)] now."""
        return [(found["metric"], float(found["value"][1])) for found in self._get("query", query=expression)["result"]]

    def samples(self):
        """{series: value} of the last scrape, the target's own labels and Prometheus's own series left out."""
        found = {}
        for labels, value in self.query('{job="quic-proxy"}'):
            rest = {label: text for label, text in labels.items() if label not in ("__name__", "job", "instance")}
            found[series(labels["__name__"], **rest)] = value
        return {key: value for key, value in found.items() if key[0] != "up" and not key[0].startswith("scrape_")}

"""The real binary with a configuration made for one test."""

import functools
import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.path.abspath(os.environ.get("QUIC_PROXY", ROOT / "build" / "quic-proxy"))
START_SECONDS = 20
STOP_SECONDS = 20
PATIENCE_SECONDS = 60  # for what comes by itself, on a slow machine

# A test that is killed takes its proxy with it.
DIE_WITH_PARENT = ["setpriv", "--pdeathsig", "KILL", "--"]


def merged(base, changes):
    """`base` with `changes` laid over it, map by map."""
    result = dict(base)
    for key, value in changes.items():
        both_maps = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both_maps else value
    return result


@functools.cache
def certificates():
    """A folder with ca.crt, server.crt and server.key, made once for this run."""
    folder = tempfile.TemporaryDirectory(prefix="quic-proxy-test-")
    subprocess.run([BINARY, "cert", "--dir", folder.name], check=True, stdout=subprocess.DEVNULL, timeout=20)
    certificates.keep = folder  # until the process ends
    return Path(folder.name)


@functools.cache
def is_instrumented():
    """Sanitized and unoptimised builds prove rules, not sizes and speed."""
    info = subprocess.run([BINARY, "-V"], capture_output=True, text=True, timeout=20).stdout
    return "build: Debug" in info


def configuration(backends, changes=None):
    """One worker, ports chosen by the kernel, the given backends. YAML reads JSON, so a map is all it takes."""
    folder = certificates()
    base = {
        "server": {
            "address": "127.0.0.1:0",
            "fallback_address": "127.0.0.1:0",
            "workers": 1,
            "tls": {"cert_file": f"{folder}/server.crt", "key_file": f"{folder}/server.key"},
        },
        "health": {"address": "127.0.0.1:0"},
        "control": {"address": "127.0.0.1:0"},
        "backends": [{"name": backend.name, "url": backend.url} for backend in backends],
    }
    return merged(base, changes or {})


class Proxy:
    """Runs while the `with` block does; leaving it stops the proxy and holds it to exit code 0 and an empty stderr.
    With a `file` the configuration is written there first, and can be reloaded."""

    def __init__(self, config, *, command=(), expected_exit=0, file=None):
        self.lines = []  # all of them, parsed
        self.broken_lines = []  # which there must not be
        self.expected_exit = expected_exit
        self._new_lines = queue.SimpleQueue()
        self._command = [*DIE_WITH_PARENT, *command, BINARY, "run", "-c", str(file or "-")]
        self._config = json.dumps(config)
        self._file = file
        self._process = None

    def __enter__(self):
        if self._file:
            self._file.write_text(self._config)
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE, text=True)
        self._process.stdin.write(self._config)
        self._process.stdin.close()
        self._stderr = []
        self._readers = [threading.Thread(target=self._read_lines, daemon=True),
                         threading.Thread(target=lambda: self._stderr.append(self._process.stderr.read()), daemon=True)]
        for reader in self._readers:
            reader.start()
        try:
            listening = self.wait_for_line(START_SECONDS, msg="Listening")
        except AssertionError:
            self.kill()
            raise
        self.port, self.plain_port = listening["port"], listening["fallback_port"]
        self.health_port, self.control_port = listening["health_port"], listening["control_port"]
        self.metrics_port = listening["metrics_port"]
        return self

    def __exit__(self, kind, *_):
        if self._process.poll() is None:
            self.signal(signal.SIGTERM)
        code = self.wait_for_exit()
        if kind is None and (code != self.expected_exit or self.stderr or self.broken_lines):
            raise AssertionError(f"the proxy ended with {code}: {self.stderr}; broken lines: {self.broken_lines}")

    @property
    def pid(self):
        return self._process.pid

    @property
    def stderr(self):
        return "".join(self._stderr)

    def signal(self, number):
        self._process.send_signal(number)

    def reload(self, config):
        """`config` is a configuration, or any text."""
        text = config if isinstance(config, str) else json.dumps(config)
        fresh = self._file.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self._file)
        self.signal(signal.SIGHUP)

    def reload_and_wait(self, config):
        count = len(self.find_lines(msg="Configuration reloaded"))
        self.reload(config)
        return self.wait_for_line(count=count + 1, msg="Configuration reloaded")

    def kill(self):
        self._process.kill()
        self._process.wait()

    def wait_for_exit(self, timeout=STOP_SECONDS):
        """The exit code; every line has been read by then."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the proxy did not end within {timeout} s; last lines: {self.lines[-5:]}") from None
        for reader in self._readers:
            reader.join()
        self._process.stdout.close()
        self._process.stderr.close()
        return code

    def is_running(self):
        return self._process.poll() is None

    def url(self, wire, path="/", host="localhost"):
        """wire: h3, tls (HTTP/1.1 over TLS) or plain."""
        return f"http://{host}:{self.plain_port}{path}" if wire == "plain" else f"https://{host}:{self.port}{path}"

    def rss_bytes(self):
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")

    def wait_for_line(self, timeout=PATIENCE_SECONDS, count=1, **fields):
        """The count-th log line with these fields; None as a value means: whatever it is."""
        deadline = time.monotonic() + timeout
        while True:
            found = self.find_lines(**fields)
            if len(found) >= count:
                return found[count - 1]
            left = deadline - time.monotonic()
            if left <= 0 or (not self.is_running() and not any(reader.is_alive() for reader in self._readers)):
                raise AssertionError(f"no line with {fields}; exit code {self._process.poll()}, "
                                     f"stderr {self.stderr!r}, last lines {self.lines[-5:]}")
            try:
                self._new_lines.get(timeout=min(left, 0.2))
            except queue.Empty:
                pass

    def find_lines(self, **fields):
        return [line for line in list(self.lines)
                if all(name in line and value in (None, line[name]) for name, value in fields.items())]

    def access_line(self, path, timeout=PATIENCE_SECONDS, count=1):
        """The access line of the count-th request for that path."""
        return self.wait_for_line(timeout, count, msg="request", path=path)

    def _read_lines(self):
        for line in self._process.stdout:
            try:
                self.lines.append(json.loads(line))
            except ValueError:
                self.broken_lines.append(line)
            self._new_lines.put(None)


class RssWatch:
    """Samples a proxy's memory while the `with` block runs; `peak` is the highest value."""

    def __init__(self, proxy):
        self._proxy = proxy
        self._over = threading.Event()
        self.peak = 0

    def __enter__(self):
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _watch(self):
        while not self._over.wait(0.02):
            self.peak = max(self.peak, self._proxy.rss_bytes())

"""Docker Engines for tests: one that is none, and a client of a real one."""

import http.client
import json
import re
import socket
import urllib.parse

from .backend import Backend, response

ORDER = re.compile(r"/containers/([^/]+)/(stop|start|kill)(\?t=\d+)?")


class EngineDouble(Backend):
    """Answers orders for containers as the Engine API describes it, over a Unix socket. It is not Docker: it has no
    containers but the names of those that run, and those that don't."""

    def __init__(self, path, containers):
        super().__init__("docker", path=path)
        self.is_running = dict.fromkeys(containers, True)
        self.orders = []

    def greet(self, request, _wire):
        request.read()
        found = ORDER.fullmatch(request.target)
        if request.method != "POST" or not found:
            return self.reason(404, "page not found")
        name, order = found[1], found[2]
        self.orders.append(f"{order} {name}")
        if name not in self.is_running:
            return self.reason(404, f"No such container: {name}")
        if order == "kill" and not self.is_running[name]:
            return self.reason(409, f"Container {name} is not running")
        was_so = self.is_running[name] == (order == "start")
        self.is_running[name] = order == "start"
        return response(304 if was_so else 204, length=False)

    @staticmethod
    def reason(status, text):
        return response(status, json.dumps({"message": text}).encode() + b"\n", "Content-Type: application/json")


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("docker", timeout=60)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class EngineClient:
    """Speaks to a real engine."""

    def __init__(self, path):
        self._path = path

    def ask(self, method, path, body=None):
        connection = _UnixConnection(self._path)
        try:
            connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status < 300 or answer.status == 304, f"{method} {path}: {answer.status} {text[:500]}"
            return json.loads(text) if text else None
        finally:
            connection.close()

    def run(self, image, name, port, command):
        """A container whose port 8080 is `port` of this machine."""
        self.ask("POST", f"/containers/create?name={urllib.parse.quote(name)}",
                 {"Image": image, "Cmd": command, "HostConfig": {
                     "PortBindings": {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]}}})
        self.ask("POST", f"/containers/{name}/start")

    def state(self, name):
        return self.ask("GET", f"/containers/{name}/json")["State"]

    def remove(self, name):
        self.ask("DELETE", f"/containers/{name}?force=true")

"""Clients: curl, which speaks HTTP/3 too, and raw sockets for what no decent client would send."""

import json
import os
import socket
import ssl
import subprocess
import tempfile
from pathlib import Path

from .proxy import ROOT, certificates
from .wire import Message, Wire, parse_fields, read_body

CURL = str(ROOT / "tools" / "http3-curl")
WIRES = ("h3", "tls", "plain")  # every rule holds on each of them
CURL_SECONDS = 30
_VERSION_FLAG = {"h3": "--http3-only", "tls": "--http1.1", "plain": "--http1.1"}


class Response(Message):
    def __init__(self):
        self.exit_code = 0
        self.status = 0
        self.fields = []
        self.interim = []  # [(status, fields)]
        self.trailers = []
        self.body = b""
        self.info = {}  # curl's own account


def curl_command(wire, *arguments, seconds=CURL_SECONDS):
    return [CURL, "-q", "--noproxy", "*", "--silent", _VERSION_FLAG[wire], "--max-time", str(seconds),
            "--cacert", str(certificates() / "ca.crt"), "--connect-to", "::127.0.0.1:", *arguments]


def start_curl(wire, *arguments, seconds=CURL_SECONDS, stdin=None):
    """A curl that runs beside the test; its body is on stdout."""
    return subprocess.Popen(curl_command(wire, *arguments, seconds=seconds), stdin=stdin, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def curl(wire, url, *arguments, body=None, stdin=b"", seconds=CURL_SECONDS):
    """One request and everything that came back, interim responses and trailers included. `body` makes it a POST."""
    result = Response()
    with tempfile.TemporaryDirectory(prefix="quic-proxy-curl-") as folder:
        heads = os.path.join(folder, "heads")
        sending = ["--data-binary", "@-"] if body is not None else []
        done = subprocess.run(
            curl_command(wire, "-D", heads, "-w", "%{stderr}%{json}\n", *sending, *arguments, url, seconds=seconds),
            input=body if body is not None else stdin, capture_output=True, timeout=seconds + 10)
        text = Path(heads).read_bytes().decode("latin-1") if os.path.exists(heads) else ""
    result.exit_code = done.returncode
    result.body = done.stdout
    result.info = json.loads(done.stderr.splitlines()[-1])
    is_open = False
    for line in text.split("\n"):
        line = line.rstrip("\r")
        if line.startswith("HTTP/"):
            if result.status:
                result.interim.append((result.status, result.fields))
            result.status, result.fields, is_open = int(line.split()[1]), [], True
        elif not line:
            is_open = False
        else:
            (result.fields if is_open else result.trailers).extend(parse_fields(line))
    return result


class RawClient(Wire):
    """A connection to the proxy that sends exactly what it is told."""

    def __init__(self, proxy, tls=False, timeout=15, server_name="localhost", tls_version=None):
        sock = socket.create_connection(("127.0.0.1", proxy.port if tls else proxy.plain_port), timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            settings = ssl.create_default_context(cafile=str(certificates() / "ca.crt"))
            settings.set_alpn_protocols(["http/1.1"])
            if tls_version is not None:
                settings.minimum_version = settings.maximum_version = tls_version
            sock = settings.wrap_socket(sock, server_hostname=server_name)
        super().__init__(sock, timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def read_head(self):
        """The next response without its body; an interim one counts."""
        result = Response()
        line, _, rest = self.read_until(b"\r\n\r\n").decode("latin-1").partition("\r\n")
        result.status = int(line.split(" ")[1])
        result.fields = parse_fields(rest)
        return result

    def read_response(self, method="GET"):
        """The next final response, whole."""
        interim = []
        while (result := self.read_head()).status < 200:
            interim.append((result.status, result.fields))
        result.interim = interim
        if method != "HEAD" and result.status not in (204, 304):
            kept = []
            result.trailers = read_body(self, result.fields, kept.append)
            result.body = b"".join(kept)
        return result

    def ask(self, request):
        """Sends the bytes of one request, returns its response."""
        self.send(request)
        return self.read_response()

"""An HTTP/1.1 backend that does what a test tells it, byte by byte, and records the exact bytes it was sent."""

import socket
import threading
import time

from .wire import Closed, Message, Wire, parse_fields, read_body


def response(status=200, body=b"", *fields, length=True):
    """The bytes of a whole response. Without `length` it has only the fields that are given."""
    lines = [f"HTTP/1.1 {status} Scripted", *fields]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(*pieces, trailers=()):
    """A body in chunked coding."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return body + b"0\r\n" + b"".join(line.encode() + b"\r\n" for line in trailers) + b"\r\n"


class Request(Message):
    def __init__(self, head, wire, connection):
        self.head = head  # the exact bytes
        self.connection = connection  # its number, from 1
        self._wire = wire
        line, _, rest = head.decode("latin-1").partition("\r\n")
        self.method, self.target, self.version = line.split(" ")
        self.fields = parse_fields(rest)
        self.body = None
        self.trailers = []
        self.wire_body = []

    def read(self, on_piece=None):
        """Reads the body; with `on_piece` it is handed out instead of being kept."""
        if self.body is not None:
            return self.body
        self.body = b""
        kept = []
        self.trailers = read_body(self._wire, self.fields, on_piece or kept.append,
                                  None if on_piece else self.wire_body)
        self.body = b"".join(kept)
        return self.body


class Backend:
    """Calls `handler(request, wire)` for every request, on a thread of its own for each connection. What the handler
    returns is sent; it may also write to the wire itself, or close it. The body is read before the answer only if
    the handler calls request.read(); whatever it leaves is read afterwards. With a `path` it listens at a Unix socket."""

    def __init__(self, name="backend", handler=None, host="127.0.0.1", path=None, port=0):
        self.name = name
        self.handler = handler or self.greet
        self.requests = []
        self.connections = 0
        self.open_connections = 0
        self.accepting = True
        self._wires = set()
        self._changed = threading.Condition()
        if path:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(str(path))
            self._listener.listen(1024)
            self.url = f"http://{name}"
        else:
            self._listener = socket.create_server((host, port), backlog=1024)
            self.port = self._listener.getsockname()[1]
            self.url = f"http://{host}:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def greet(self, request, _wire):
        request.read()
        return response(200, f"hello from {self.name}\n".encode(), f"X-Backend: {self.name}")

    def forget(self):
        """Begins a new test: the usual handler, nothing recorded."""
        self.handler = self.greet
        self.requests = []

    def close(self):
        """Stops listening and ends all connections."""
        self.stop_listening()
        with self._changed:
            wires = list(self._wires)
        for wire in wires:
            try:
                wire.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def stop_listening(self):
        """From now on connections are refused; those that exist go on."""
        self.accepting = False
        try:
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        except OSError:
            pass
        self._listener.close()

    def close_idle_connections(self):
        """Ends what is open, as a server does whose keep-alive time is over."""
        with self._changed:
            wires = list(self._wires)
        for wire in wires:
            wire.sock.shutdown(socket.SHUT_RDWR)
        self.wait_until(lambda: self.open_connections == 0)

    def wait_until(self, holds, timeout=10):
        """Waits for something that changes with requests and connections."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not holds():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{self.name}: not within {timeout} s")
                self._changed.wait(min(left, 0.1))

    def wait_for_requests(self, count, timeout=10):
        self.wait_until(lambda: len(self.requests) >= count, timeout)
        return self.requests

    def _accept(self):
        while self.accepting:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            if sock.family != socket.AF_UNIX:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._changed:
                self.connections += 1
                self.open_connections += 1
                number = self.connections
                wire = Wire(sock, timeout=60)
                self._wires.add(wire)
            threading.Thread(target=self._serve, args=(wire, number), daemon=True).start()

    def _serve(self, wire, number):
        try:
            while True:
                request = Request(wire.read_until(b"\r\n\r\n"), wire, number)
                with self._changed:
                    self.requests.append(request)
                    self._changed.notify_all()
                answer = self.handler(request, wire)
                if answer is not None:
                    wire.send(answer)
                request.read()
        except (Closed, OSError):
            pass  # a client that goes away is a client's right
        finally:
            wire.close()
            with self._changed:
                self.open_connections -= 1
                self._wires.discard(wire)
                self._changed.notify_all()

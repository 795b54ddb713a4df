"""A socket with a reading buffer: what both the scripted backend and the raw clients speak through."""

import socket
import struct
import time

READ_BYTES = 256 * 1024


class Closed(Exception):
    """The other side ended the connection where more was expected."""


class Wire:
    def __init__(self, sock, timeout=15):
        self.sock = sock
        self.buffer = b""
        sock.settimeout(timeout)

    def send(self, *parts):
        for part in parts:
            self.sock.sendall(part)

    def read_some(self):
        """Whatever is there; b"" at the end."""
        if self.buffer:
            taken, self.buffer = self.buffer, b""
            return taken
        return self.sock.recv(READ_BYTES)

    def _more(self):
        more = self.sock.recv(READ_BYTES)
        if not more:
            raise Closed(f"after {self.buffer[-80:]!r}")
        self.buffer += more

    def read_until(self, mark):
        while mark not in self.buffer:
            self._more()
        taken, _, self.buffer = self.buffer.partition(mark)
        return taken + mark

    def read_exactly(self, count):
        while len(self.buffer) < count:
            self._more()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def read_all(self):
        """Everything up to the end of the connection, a reset included."""
        gathered = []
        try:
            while piece := self.read_some():
                gathered.append(piece)
        except ConnectionError:
            pass
        return b"".join(gathered)

    def is_ended(self, within):
        """True if the other side ends the connection in that many seconds; what it sends meanwhile is dropped."""
        deadline = time.monotonic() + within
        old_timeout = self.sock.gettimeout()
        try:
            while (left := deadline - time.monotonic()) > 0:
                self.sock.settimeout(left)
                if not self.sock.recv(READ_BYTES):
                    return True
        except TimeoutError:
            return False
        except OSError:
            return True
        finally:
            self.sock.settimeout(old_timeout)
        return False

    def close(self):
        self.sock.close()

    def reset(self):
        """Ends the connection with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


def parse_fields(text):
    """[(name in lower case, value)] of the lines between a start line and the empty line."""
    fields = []
    for line in text.split("\r\n"):
        if line:
            name, _, value = line.partition(":")
            fields.append((name.lower(), value.strip(" \t")))
    return fields


class Message:
    """Fields of a request or a response, however it came."""

    fields = ()

    def all(self, name):
        return [value for known, value in self.fields if known == name.lower()]

    def get(self, name):
        """The only value of that name, or nothing; two of them are a failure of the test."""
        values = self.all(name)
        if len(values) > 1:
            raise AssertionError(f"{name} more than once: {values}")
        return values[0] if values else None


def read_body(wire, fields, on_piece, raw=None):
    """Reads a body framed as `fields` say, hands out its pieces, and returns its trailers. `raw` gets the wire's bytes."""
    note = raw.append if raw is not None else lambda _: None
    values = dict(fields)
    if "transfer-encoding" not in values:
        left = int(values.get("content-length", 0))
        while left > 0:
            piece = wire.read_some()
            if not piece:
                raise Closed(f"{left} bytes of the body are missing")
            piece, wire.buffer = piece[:left], piece[left:]
            note(piece)
            on_piece(piece)
            left -= len(piece)
        return []
    while True:
        line = wire.read_until(b"\r\n")
        note(line)
        size = int(line.partition(b";")[0], 16)
        if size == 0:
            break
        data = wire.read_exactly(size + 2)
        note(data)
        on_piece(data[:-2])
    section = b""
    while not section.endswith(b"\r\n\r\n") and section != b"\r\n":
        line = wire.read_until(b"\r\n")
        note(line)
        section += line
    return parse_fields(section.decode("latin-1"))

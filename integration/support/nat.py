"""A network address translator for UDP that forgets its binding when it is told to."""

import select
import socket
import threading

RECEIVE_BYTES = 4 * 1024 * 1024


class Nat:
    """Passes datagrams between one client and `target`; rebind() gives the client another port, as the target sees
    it. Its sockets belong to the network namespace that the caller is in."""

    def __init__(self, target, source="127.0.0.1"):
        self._source = source
        self._inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._inside.bind(("127.0.0.1", 0))
        self._inside.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        self._target = target
        self._outside = self._bind()
        self._client = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = self._inside.getsockname()[1]
        self.ports_used = {self._outside.getsockname()[1]}

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()
        self._inside.close()
        self._outside.close()

    def rebind(self):
        old, self._outside = self._outside, self._bind()
        self.ports_used.add(self._outside.getsockname()[1])
        old.close()  # what is still sent there is lost, as it would be

    def _bind(self):
        outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        outside.bind((self._source, 0))
        outside.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        return outside

    def _run(self):
        while not self._ended.is_set():
            outside = self._outside
            try:
                for ready in select.select([self._inside, outside], [], [], 0.05)[0]:
                    datagram, sender = ready.recvfrom(65536)
                    if ready is self._inside:
                        self._client = sender
                        outside.sendto(datagram, self._target)
                    elif self._client is not None:
                        self._inside.sendto(datagram, self._client)
            except (OSError, ValueError):
                continue  # the binding went away meanwhile

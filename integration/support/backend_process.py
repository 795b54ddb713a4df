"""A backend in a process of its own, which can be killed, stopped in its tracks, and started again where it was."""

import select
import signal
import subprocess
import sys

from .proxy import DIE_WITH_PARENT, ROOT

START_SECONDS = 30


class BackendProcess:
    def __init__(self, name):
        self.name = name
        self.port = 0  # a free one at first, and then always the same
        self._process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        """Returns when it listens."""
        program = [sys.executable, ROOT / "examples" / "python-backend" / "server.py"]
        self._process = subprocess.Popen([*DIE_WITH_PARENT, *program, "--port", str(self.port), "--name", self.name],
                                         stdout=subprocess.PIPE, text=True)
        ready, _, _ = select.select([self._process.stdout], [], [], START_SECONDS)
        line = self._process.stdout.readline() if ready else ""
        if "listens on" not in line:
            raise AssertionError(f"{self.name} does not start: {line!r}")
        self.port = int(line.rsplit(":", 1)[1])

    def kill(self):
        """As kill -9 does; a stopped one too."""
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def stop(self):
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

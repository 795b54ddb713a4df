"""Network namespaces without names: each is held by a process that sleeps, and goes with it."""

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
import time

from .proxy import DIE_WITH_PARENT

_LIBC = ctypes.CDLL(None, use_errno=True)


def enter_own():
    """Begins this program anew in a network namespace of its own. False, with the reason, where that can't be."""
    if os.environ.get("QUIC_PROXY_TEST_NAMESPACE"):
        run("ip link set lo up")
        return True, ""
    missing = [tool for tool in ("ip", "nft", "unshare", "nsenter") if not shutil.which(tool)]
    if missing:
        return False, f"there is no {', '.join(missing)}"
    if subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode != 0:
        return False, "network namespaces are not for this user"
    os.environ["QUIC_PROXY_TEST_NAMESPACE"] = "1"
    os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])


def run(command, stdin=None):
    subprocess.run(command.split(), input=stdin, text=True, check=True, timeout=20)


class Namespace:
    """A namespace that is joined to ours by a pair of virtual interfaces, ours at `gateway`, its own at `address`."""

    def __init__(self, name, gateway, address):
        self.address = address
        self._holder = subprocess.Popen([*DIE_WITH_PARENT, "unshare", "--net", "sleep", "infinity"])
        self._file = f"/proc/{self._holder.pid}/ns/net"
        self._wait_until_it_is_another()
        link = f"to-{name}"
        run(f"ip link add name {link} type veth peer name {link}-peer netns {self._holder.pid}")
        run(f"ip address add {gateway}/24 dev {link}")
        run(f"ip link set {link} up")
        for command in ("ip link set lo up", f"ip address add {address}/24 dev {link}-peer",
                        f"ip link set {link}-peer up", f"ip route add default via {gateway}"):
            run(" ".join([*self.command, command]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._holder.kill()
        self._holder.wait()

    @property
    def command(self):
        """What runs in the namespace begins with this."""
        return ["nsenter", f"--net={self._file}", "--"]

    @contextlib.contextmanager
    def entered(self):
        """Sockets that this thread makes meanwhile belong to the namespace."""
        with open("/proc/self/ns/net") as home, open(self._file) as there:
            self._set(there)
            try:
                yield
            finally:
                self._set(home)

    @staticmethod
    def _set(file):
        if _LIBC.setns(file.fileno(), 0) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    def _wait_until_it_is_another(self):
        deadline = time.monotonic() + 10
        while os.readlink(self._file) == os.readlink("/proc/self/ns/net"):
            if time.monotonic() > deadline:
                raise AssertionError("no new namespace within 10 s")
            time.sleep(0.01)

"""Names that a test invents: a hosts file of its own for one program, in a mount namespace of its own."""

import subprocess
import tempfile
from pathlib import Path

_ENTER = ["unshare", "--mount", "--map-root-user", "sh", "-c"]


def are_possible():
    return subprocess.run([*_ENTER, "mount --bind /etc/hosts /etc/hosts"], capture_output=True).returncode == 0


class Names:
    """The addresses of names, as the program sees them that is started with `command` before its own. They may change
    while it runs."""

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="quic-proxy-names-")
        self._file = Path(self._folder.name) / "hosts"
        self._file.touch()
        self.command = [*_ENTER, 'mount --bind "$0" /etc/hosts && exec "$@"', str(self._file)]
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def set(self, name, *addresses):
        """From now on these are all addresses of `name`, and it is the only name."""
        # In place, for this very file is mounted; and there is no moment at which it is empty.
        with open(self._file, "r+") as file:
            file.write("".join(f"{address} {name}\n" for address in addresses))
            file.truncate()

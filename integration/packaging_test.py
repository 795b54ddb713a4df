#!/usr/bin/env python3
"""What `make install` and `make deb` leave behind."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from support.case import main
from support.proxy import BINARY, ROOT

INSTALLED = {
    "usr/bin/quic-proxy",
    "usr/share/man/man8/quic-proxy.8",
    "usr/share/bash-completion/completions/quic-proxy",
    "usr/share/zsh/vendor-completions/_quic-proxy",
    "usr/share/fish/vendor_completions.d/quic-proxy.fish",
    "usr/lib/systemd/system/quic-proxy.service",
    "usr/lib/sysusers.d/quic-proxy.conf",
    "usr/lib/sysctl.d/50-quic-proxy.conf",
    "etc/quic-proxy/proxy.yaml",
    "usr/share/doc/quic-proxy/README.md",
    "usr/share/doc/quic-proxy/docs/configuration.md",
    "usr/share/doc/quic-proxy/drills/failover.yaml",
}


def run(*command, env=None, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT,
                          env={**os.environ, "QUIC_PROXY": BINARY, **(env or {})}, **options)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


class InstallTest(unittest.TestCase):
    def setUp(self):
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.install()

    def install(self):
        run("tools/install", env={"DESTDIR": str(self.root), "PREFIX": "/usr", "SYSCONFDIR": "/etc"})

    def unit(self):
        return (self.root / "usr/lib/systemd/system/quic-proxy.service").read_text()

    def test_everything_is_in_its_place(self):
        files = {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()}

        self.assertLessEqual(INSTALLED, files)
        self.assertEqual(run(self.root / "usr/bin/quic-proxy", "-v"), run(BINARY, "-v"))
        self.assertNotIn("@bindir@", self.unit())
        self.assertIn("ExecStart=/usr/bin/quic-proxy run -c /etc/quic-proxy/proxy.yaml\n", self.unit())

    def test_a_configuration_that_is_there_is_left_alone(self):
        mine = self.root / "etc/quic-proxy/proxy.yaml"
        mine.write_text("mine\n")
        self.install()

        self.assertEqual(mine.read_text(), "mine\n")

    def test_the_configuration_is_good_wherever_one_asks(self):
        folder = self.root / "etc/quic-proxy"
        run(BINARY, "cert", "--dir", folder / "certs")
        configuration = folder / "proxy.yaml"
        configuration.write_text(configuration.read_text().replace('"/etc', f'"{self.root}/etc'))
        done = subprocess.run([BINARY, "validate", "-c", configuration], cwd="/", capture_output=True, text=True, timeout=20)

        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_service_waits_for_a_drain(self):
        defaults = (ROOT / "configs" / "example.yaml").read_text()
        drain_s = int(re.search(r"(?m)^  shutdown_timeout: (\d+)s$", defaults)[1])
        patience_s = int(re.search(r"(?m)^TimeoutStopSec=(\d+)$", self.unit())[1])

        self.assertGreater(patience_s, drain_s)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd-analyze")
    def test_systemd_finds_nothing_wrong_with_the_unit(self):
        unit = self.root / "quic-proxy.service"
        unit.write_text(self.unit().replace("/usr/bin/quic-proxy", "/bin/true").replace(
            "Documentation=man:quic-proxy(8)\n", ""))  # neither is installed on this machine

        done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


@unittest.skipUnless(shutil.which("dpkg-deb") and shutil.which("dpkg-shlibdeps"), "this is no Debian")
class DebTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.package = ROOT / run("tools/deb", cls.folder).strip()

    def test_what_is_installed_is_in_it(self):
        names = {line.split()[-1].removeprefix("./") for line in run("dpkg-deb", "--contents", self.package).splitlines()}

        missing = {name for name in INSTALLED if not names & {name, name + ".gz"}}
        self.assertEqual(missing, set())
        self.assertIn("usr/share/doc/quic-proxy/copyright", names)

    def test_it_depends_on_the_libraries_that_the_binary_links(self):
        depends = run("dpkg-deb", "--field", self.package, "Depends")

        for library in ("libc6", "libstdc\\+\\+6", "libyaml-cpp", "libc-?ares2"):  # the last one's name changed
            self.assertRegex(depends, library)
        self.assertEqual(run("dpkg-deb", "--field", self.package, "Version").strip(), run(BINARY, "-v").split()[1])

    def test_the_scripts_of_its_maintainer_are_well_formed(self):
        with tempfile.TemporaryDirectory() as folder:
            run("dpkg-deb", "--control", self.package, folder)
            self.assertEqual(Path(folder, "conffiles").read_text(), "/etc/quic-proxy/proxy.yaml\n")
            for script in ("postinst", "prerm", "postrm"):
                run("sh", "-n", Path(folder, script))


if __name__ == "__main__":
    main()

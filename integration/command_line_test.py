#!/usr/bin/env python3
"""The manual page and the completions that the program writes about itself."""

import re
import shutil
import subprocess
import unittest

from support.case import main
from support.proxy import BINARY

BASH = shutil.which("bash")


def output(*arguments):
    done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def commands():
    """{command: its own options, by --help}; the program itself is the command ""."""
    helps = {"": output("--help")}
    for name in re.findall(r"(?m)^  (\w+) ", helps[""].partition("Subcommands:")[2]):
        helps[name] = output(name, "--help")
    return {name: set(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", text.partition("Options:")[2].partition("Subcommands:")[0]))
            for name, text in helps.items()}


def complete(*words):
    """What bash offers where the last of these words is being written."""
    script = output("completion", "bash") + """
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _quic_proxy
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run([BASH, "-u", "-c", script, "bash", "quic-proxy", *words], capture_output=True, text=True,
                          timeout=20)
    assert (done.returncode, done.stderr) == (0, ""), done
    return set(done.stdout.split())


class ManualTest(unittest.TestCase):
    def test_every_command_and_option_is_in_it(self):
        page = output("man").replace("\\-", "-")

        self.assertGreater(len(commands()), 4)
        for name, options in commands().items():
            if name:
                self.assertIn(f".SS \\fB{name}\\fR", page)
            for option in options:
                self.assertIn(f"\\fB{option}\\fR", page, name)

    @unittest.skipUnless(shutil.which("man"), "there is no man")
    def test_man_shows_it_without_a_warning(self):
        done = subprocess.run(["man", "--warnings", "-l", "-"], input=output("man"), capture_output=True, text=True,
                              env={"MANWIDTH": "80", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}, timeout=60)

        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("quic-proxy - HTTP/3 reverse proxy", done.stdout)


class CompletionTest(unittest.TestCase):
    def test_every_command_and_option_is_in_each(self):
        for shell in ("bash", "zsh", "fish"):
            script = output("completion", shell)
            for name, options in commands().items():
                for word in {name} | options:
                    bare = word.lstrip("-") if shell == "fish" else word
                    self.assertRegex(script, rf"(?<![\w-]){re.escape(bare)}(?![\w])", shell)

    @unittest.skipUnless(BASH, "there is no bash")
    def test_bash_completes_commands_options_and_values(self):
        self.assertLessEqual({name for name in commands() if name} | {"--config"}, complete(""))
        self.assertEqual(complete("val"), {"validate"})
        self.assertEqual(complete("validate", "--j"), {"--json"})
        self.assertEqual(complete("validate", "--con"), {"--config"})
        self.assertEqual(complete("completion", "z"), {"zsh"})
        self.assertIn("/etc/passwd", complete("-c", "/etc/passw"))
        self.assertIn("/etc/passwd", complete("drill", "/etc/passw"))

    def test_the_scripts_are_well_formed(self):
        for shell in ("bash", "zsh", "fish"):
            if shutil.which(shell):
                done = subprocess.run([shell, "-n", "/dev/stdin"], input=output("completion", shell),
                                      capture_output=True, text=True, timeout=20)
                self.assertEqual((done.returncode, done.stderr), (0, ""), shell)

    def test_an_unknown_shell_is_wrong_usage(self):
        done = subprocess.run([BINARY, "completion", "tcsh"], capture_output=True, text=True, timeout=20)

        self.assertEqual(done.returncode, 2)
        self.assertIn("bash", done.stderr)


if __name__ == "__main__":
    main()

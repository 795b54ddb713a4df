#!/usr/bin/env python3
"""Runs clang-tidy over src/ with a compile database, on all cores.

    tools/clang_tidy.py BUILD_FOLDER

A file that was found good is not looked at again until it, a header of the tree or the configuration changes.
"""

import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOL = "clang-tidy-19"
# clang does not know all of g++'s options, and its own warnings are not what is asked for here.
EXTRA = ["--extra-arg=-Wno-everything", "--extra-arg=-Wno-unknown-warning-option"]


def fingerprint(*paths):
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def check(source, build):
    done = subprocess.run([TOOL, "--quiet", "-p", build, *EXTRA, source], capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout


def main():
    build = Path(sys.argv[1])
    sources = sorted({Path(entry["file"]) for entry in json.loads((build / "compile_commands.json").read_text())
                      if Path(entry["file"]).is_relative_to(ROOT / "src")})
    common = fingerprint(ROOT / ".clang-tidy", build / "compile_commands.json", *sorted(ROOT.glob("src/**/*.h")))
    stamps = build / "clang-tidy"
    stamps.mkdir(exist_ok=True)

    def stamp(source):
        return stamps / hashlib.sha256((common + fingerprint(source)).encode()).hexdigest()

    todo = [source for source in sources if not stamp(source).exists()]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for source, (good, output) in zip(todo, pool.map(lambda each: check(each, build), todo)):
            if good:
                stamp(source).touch()
            else:
                failed += 1
                print(output, flush=True)
    print(f"clang-tidy: {len(sources)} files, {len(todo)} looked at, {failed} with complaints")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

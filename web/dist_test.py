#!/usr/bin/env python3
"""Are the built files in web/dist those of the sources, and may a browser load them under the page's policy?

Needs no npm: build.mjs leaves the hash of its sources beside what it built. tools/web test builds anew and compares.
"""

import hashlib
import re
import unittest
from pathlib import Path

WEB = Path(__file__).resolve().parent
DIST = WEB / "dist"
GZIPPED_KIB_MAX = 150


def sources_hash():
    """Of the same files in the same order as in build.mjs."""
    files = [path for path in (WEB / "src").rglob("*") if path.is_file()]
    names = sorted(["build.mjs", "package-lock.json", *(path.relative_to(WEB).as_posix() for path in files)])
    digest = hashlib.sha256()
    for name in names:
        digest.update(f"{name}\n".encode() + (WEB / name).read_bytes())
    return digest.hexdigest()


class DistTest(unittest.TestCase):
    def test_the_built_files_are_those_of_the_sources(self):
        self.assertEqual((DIST / "sources.sha256").read_text().strip(), sources_hash(), "run make web")

    def test_the_page_has_no_inline_script_and_no_inline_style(self):
        page = (DIST / "index.html").read_text()
        self.assertNotRegex(page, r"<style|\sstyle=|\son\w+=|javascript:")
        for script in re.findall(r"<script[^>]*>([^<]*)", page):
            self.assertEqual(script, "")

    def test_everything_that_is_loaded_is_there(self):
        text = "".join((DIST / name).read_text() for name in ("index.html", "app.css", "app.js"))
        loaded = set(re.findall(r"/control/([a-z0-9]+\.[a-z0-9]+)", text))
        self.assertEqual({"app.js", "app.css", "icon.svg", "inter.woff2"}, loaded)
        for name in loaded:
            self.assertTrue((DIST / name).is_file(), name)

    def test_nothing_is_loaded_from_elsewhere(self):
        for name in ("index.html", "app.css", "app.js"):
            text = (DIST / name).read_text().replace("http://www.w3.org/", "")  # names of namespaces
            self.assertNotRegex(text, r"https?://", name)

    def test_all_of_it_is_small(self):
        size = sum(path.stat().st_size for path in DIST.iterdir())
        self.assertLess(size, 2 * GZIPPED_KIB_MAX * 1024)


if __name__ == "__main__":
    unittest.main(verbosity=2)

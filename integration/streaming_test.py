#!/usr/bin/env python3
"""Bodies of any size through a bounded memory, and clients that are slow or gone.

QUIC_PROXY_STREAM_MIB sets the size of the large bodies (default 1024; 64 for sanitized and unoptimised builds, which
prove rules and not sizes)."""

import contextlib
import os
import subprocess
import threading
import time

from support.backend import response
from support.case import ProxyTest, main
from support.clients import RawClient, start_curl
from support.pattern import PatternCheck, pieces
from support.proxy import RssWatch, is_instrumented

MIB = 1024 * 1024
LARGE = int(os.environ.get("QUIC_PROXY_STREAM_MIB", 64 if is_instrumented() else 1024)) * MIB
PIECE = 512 * 1024
RSS_MAX = 150 * MIB
SECONDS = 100


def send_large(_request, wire):
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LARGE)
    for piece in pieces(LARGE, piece_size=PIECE):
        wire.send(piece)


class LargeBodiesTest(ProxyTest):
    def assert_bounded(self, watch):
        print(f"[peak {watch.peak // MIB} MiB] ", end="", flush=True)
        if not is_instrumented():
            self.assertLess(watch.peak, RSS_MAX)

    def download(self, wire):
        self.backend.handler = send_large
        check = PatternCheck()
        with RssWatch(self.proxy) as watch:
            process = start_curl(wire, "--no-buffer", self.proxy.url(wire, "/large"), seconds=SECONDS)
            self.addCleanup(process.kill)
            while piece := process.stdout.read(PIECE):
                check.feed(piece)
        process.communicate()

        self.assertEqual((process.returncode, check.size, check.wrong_at), (0, LARGE, None))
        self.assert_bounded(watch)

    def test_a_large_download_over_http3(self):
        self.download("h3")

    def test_a_large_download_over_http1(self):
        self.download("plain")

    def test_a_large_download_over_tls(self):
        self.download("tls")

    def test_a_large_upload_over_http3(self):
        check = PatternCheck()

        def take(request, _wire):
            request.read(check.feed)
            return response(200, b"%d" % check.size)

        self.backend.handler = take
        with RssWatch(self.proxy) as watch:
            process = start_curl("h3", "-T", "-", "-H", "Expect:", self.proxy.url("h3", "/upload"), seconds=SECONDS,
                                 stdin=subprocess.PIPE)
            self.addCleanup(process.kill)
            for piece in pieces(LARGE, piece_size=PIECE):
                process.stdin.write(piece)
            answer, _ = process.communicate()

        self.assertEqual((process.returncode, answer), (0, b"%d" % LARGE))
        self.assertIsNone(check.wrong_at)
        self.assert_bounded(watch)


class SlownessTest(ProxyTest):
    CONFIG = {"server": {"quic": {"idle_timeout": "2s"}}}  # curl is killed in the middle and says no goodbye
    COULD_SEND = 200 * MIB

    def setUp(self):
        super().setUp()
        self.sent = 0

    def pour(self, _request, wire):
        """Sends as much as the proxy takes."""
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % self.COULD_SEND)
        for piece in pieces(self.COULD_SEND):
            wire.send(piece)
            self.sent += len(piece)

    def wait_until_quiet(self):
        """Until the backend has not been able to send for a while."""
        before = -1
        while before != self.sent or self.sent == 0:
            before = self.sent
            time.sleep(0.4)

    def test_a_client_that_does_not_read_holds_its_backend_back(self):
        self.backend.handler = self.pour
        for wire in ("plain", "tls", "h3"):
            with self.subTest(wire):
                self.sent = 0
                rss_before = self.proxy.rss_bytes()
                process = start_curl(wire, "--limit-rate", "10k", "--no-buffer", "-o", "/dev/null",
                                     self.proxy.url(wire, "/slow"))
                self.addCleanup(process.kill)
                self.backend.wait_for_requests(1)
                self.wait_until_quiet()
                rss = self.proxy.rss_bytes() - rss_before
                process.kill()
                process.communicate()

                # What waits: socket buffers on both sides, curl's own window (up to 32 MiB over HTTP/3), our pipe.
                self.assertLess(self.sent, 64 * MIB)
                self.assertLess(rss, 40 * MIB)

    def test_a_backend_that_does_not_read_holds_its_client_back(self):
        release = threading.Event()
        self.addCleanup(release.set)

        def sluggish(request, _wire):
            release.wait(20)
            check = PatternCheck()
            request.read(check.feed)
            return response(200, b"%d" % check.size)

        self.backend.handler = sluggish
        size = 30 * MIB
        taken = 0
        with RawClient(self.proxy, timeout=1) as client:
            client.send(b"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % size)
            rest = memoryview(b"".join(pieces(size)))
            try:
                while taken < size:
                    taken += client.sock.send(rest[taken:taken + PIECE])
            except TimeoutError:
                pass
            self.assertLess(taken, size)
            self.assertLess(self.proxy.rss_bytes(), RSS_MAX if not is_instrumented() else 10 * RSS_MAX)

            release.set()
            client.sock.settimeout(20)
            client.send(rest[taken:])
            self.assertEqual(client.read_response().body, b"%d" % size)

    def test_a_slow_stream_does_not_stop_its_neighbours(self):
        self.backend.handler = lambda request, wire: \
            self.pour(request, wire) if request.target == "/slow" else response(200, b"quick")
        process = start_curl("h3", "--parallel", "--limit-rate", "10k", "-o", "/dev/null",
                             self.proxy.url("h3", "/{slow,quick}"), seconds=3)
        self.addCleanup(process.kill)
        process.communicate()

        slow, quick = self.proxy.access_line("/slow"), self.proxy.access_line("/quick")
        self.assertEqual((slow["termination"], quick["termination"]), ("client_reset", "ok"))
        self.assertLess(quick["duration_ms"], 2000)


class AbortedUploadTest(ProxyTest):
    CONFIG = {"server": {"quic": {"idle_timeout": "1s"}}}

    @staticmethod
    def feed(stdin):
        """Keeps curl going: it looks at its clock only between two reads."""
        with contextlib.suppress(OSError), stdin:
            while True:
                stdin.write(b"x" * 1000)
                stdin.flush()
                time.sleep(0.02)

    def upload_until_it_ends(self, wire, path, *, is_killed):
        """Starts an upload, ends it early, and returns how long the backend took to notice."""
        noticed_at = []
        self.backend.requests = []
        self.backend.handler = lambda _, connection: noticed_at.append(
            time.monotonic() if connection.is_ended(within=5) else None)
        process = start_curl(wire, "-T", "-", "-H", "Expect:", self.proxy.url(wire, path), seconds=1,
                             stdin=subprocess.PIPE)
        self.addCleanup(process.kill)
        threading.Thread(target=self.feed, args=(process.stdin,), daemon=True).start()
        self.backend.wait_for_requests(1)
        if is_killed:
            process.kill()
        process.wait(20)
        left_at = time.monotonic()
        process.stdout.close()
        process.stderr.close()
        self.backend.wait_until(lambda: noticed_at)
        self.assertEqual(self.proxy.access_line(path)["termination"], "client_reset")
        return noticed_at[0] - left_at

    def test_an_upload_that_is_given_up_reaches_the_backend_within_a_second(self):
        for wire in ("h3", "tls", "plain"):
            with self.subTest(wire):
                self.assertLess(self.upload_until_it_ends(wire, f"/given-up-{wire}", is_killed=False), 1.0)

    def test_a_client_that_is_killed_is_missed_after_the_idle_timeout_at_the_latest(self):
        for wire in ("h3", "tls", "plain"):
            with self.subTest(wire):
                self.assertLess(self.upload_until_it_ends(wire, f"/killed-{wire}", is_killed=True), 2.5)


if __name__ == "__main__":
    main()

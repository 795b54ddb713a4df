#!/usr/bin/env python3
"""A small HTTP/1.1 server to put behind the proxy. Needs nothing but Python.

    /            one line of text that names the backend
    /health      {"status": "healthy", ...}, what health checks ask for
    /api/status  the backend's name, its uptime, and the request as it arrived here
"""

import argparse
import json
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DISCARD_BYTES = 64 * 1024


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keep-alive
    wbufsize = -1  # head and body leave in one write
    disable_nagle_algorithm = True
    timeout = 120  # seconds an idle connection is kept

    def do_GET(self):
        if not self.discard_body():
            return
        path = self.path.partition("?")[0]
        name = self.server.backend_name
        uptime = round(time.monotonic() - self.server.started, 3)
        if path == "/":
            self.reply(200, "text/plain; charset=utf-8", f"Hello from {name}\n")
        elif path == "/health":
            self.reply_json(200, {"status": "healthy", "backend": name, "uptime_seconds": uptime})
        elif path == "/api/status":
            self.reply_json(200, {
                "backend": name,
                "uptime_seconds": uptime,
                "method": self.command,
                "path": self.path,
                "headers": [list(field) for field in self.headers.items()],
            })
        else:
            self.reply_json(404, {"error": "not found", "path": self.path, "backend": name})

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET

    def discard_body(self):
        """Reads the request's body away, so that the connection can be used again."""
        if "Transfer-Encoding" in self.headers:
            return self.discard_chunks()
        left = int(self.headers.get("Content-Length", 0))
        while left > 0:
            piece = self.rfile.read(min(left, DISCARD_BYTES))
            if not piece:
                self.close_connection = True
                return False
            left -= len(piece)
        return True

    def discard_chunks(self):
        while True:
            line = self.rfile.readline(1024)
            try:
                left = int(line.partition(b";")[0], 16)
            except ValueError:
                self.close_connection = True
                return False
            if left == 0:
                break
            while left > 0:
                piece = self.rfile.read(min(left, DISCARD_BYTES))
                if not piece:
                    self.close_connection = True
                    return False
                left -= len(piece)
            self.rfile.readline(3)
        while self.rfile.readline(65536) not in (b"\r\n", b"\n", b""):
            pass  # trailers
        return True

    def reply_json(self, status, value):
        self.reply(status, "application/json", json.dumps(value, indent=2) + "\n")

    def reply(self, status, content_type, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Backend", self.server.backend_name)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def main():
    flags = argparse.ArgumentParser(description="An example backend.")
    flags.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    flags.add_argument("--port", type=int, default=3001, help="0 picks a free one (default: %(default)s)")
    flags.add_argument("--name", default="backend1", help="what it calls itself (default: %(default)s)")
    args = flags.parse_args()

    server = Server((args.host, args.port), Handler)
    server.backend_name = args.name
    server.started = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"{args.name} listens on http://{args.host}:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()

"""Collectors of spans that write down what they are sent: OTLP's protobuf and Jaeger's Thrift, decoded by code that is
made here and now from the official descriptions, not by the proxy's."""

import importlib
import os
import ssl
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .proxy import ROOT, certificates

DEBIAN_MODULES = "/usr/lib/python3/dist-packages"


def _generated():
    """A folder with Python code for both kinds of messages."""
    folder = tempfile.TemporaryDirectory(prefix="quic-proxy-messages-")
    protos = ROOT / "third_party" / "opentelemetry-proto"
    files = [str(path.relative_to(protos)) for path in protos.rglob("*.proto")]
    subprocess.run(["protoc", f"--proto_path={protos}", f"--python_out={folder.name}", *files], check=True, timeout=60)
    subprocess.run(["thrift", "--gen", "py", "-out", folder.name, ROOT / "third_party/jaeger-idl/jaeger.thrift"],
                   check=True, timeout=60)
    # Debian's modules also serve an interpreter that is not Debian's.
    os.environ.setdefault("PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION", "python")
    sys.path[:0] = [folder.name]
    sys.path.append(DEBIAN_MODULES)
    return folder


_FOLDER = _generated()
_trace_service = importlib.import_module("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
_jaeger = importlib.import_module("jaeger.ttypes")
_transport = importlib.import_module("thrift.transport.TTransport")
_protocol = importlib.import_module("thrift.protocol.TBinaryProtocol")


class Span:
    """What both wires say of a span, in plain values."""

    def __init__(self, **values):
        self.__dict__.update(values)

    def __repr__(self):
        return f"Span({self.__dict__})"


def _otlp_attributes(pairs):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


def decode_otlp(body):
    """[(resource's attributes, spans)]"""
    request = _trace_service.ExportTraceServiceRequest.FromString(body)
    result = []
    for one in request.resource_spans:
        spans = [Span(trace_id=span.trace_id.hex(), span_id=span.span_id.hex(), parent=span.parent_span_id.hex(),
                      name=span.name, kind={2: "server", 3: "client"}[span.kind], is_error=span.status.code == 2,
                      began=span.start_time_unix_nano, ended=span.end_time_unix_nano,
                      attributes=_otlp_attributes(span.attributes), events=[event.name for event in span.events])
                 for scope in one.scope_spans for span in scope.spans]
        result.append((_otlp_attributes(one.resource.attributes), spans))
    return result


def _tags(tags):
    values = {}
    for tag in tags or ():
        values[tag.key] = next(value for value in (tag.vStr, tag.vLong, tag.vBool) if value is not None)
    return values


def decode_jaeger(body):
    """The same of a batch in Thrift."""
    batch = _jaeger.Batch()
    batch.read(_protocol.TBinaryProtocol(_transport.TMemoryBuffer(body)))
    process = _tags(batch.process.tags) | {"service.name": batch.process.serviceName}

    def text(number):
        return f"{number & (1 << 64) - 1:016x}"

    spans = []
    for span in batch.spans:
        tags = _tags(span.tags)
        spans.append(Span(trace_id=text(span.traceIdHigh) + text(span.traceIdLow), span_id=text(span.spanId),
                          parent=text(span.parentSpanId) if span.parentSpanId else "", name=span.operationName,
                          kind=tags["span.kind"], is_error=tags.get("error", False), began=span.startTime * 1000,
                          ended=(span.startTime + span.duration) * 1000, attributes=tags,
                          events=[_tags(log.fields)["event"] for log in span.logs or ()]))
    return [(process, spans)]


class Collector:
    """Answers every POST with the next of `statuses` (then with 200), and keeps the spans of those that it took."""

    def __init__(self, decode, statuses=(), tls=False):
        self.batches = []  # (path, fields, resource, spans)
        self.refused = 0
        self._statuses = list(statuses)
        self._changed = threading.Condition()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                with collector._changed:
                    status = collector._statuses.pop(0) if collector._statuses else 200
                    if status == 200:
                        for resource, spans in decode(body):
                            collector.batches.append((self.path, dict(self.headers), resource, spans))
                    else:
                        collector.refused += 1
                    collector._changed.notify_all()
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls:
            settings = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            settings.load_cert_chain(certificates() / "server.crt", certificates() / "server.key")
            self._server.socket = settings.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def spans(self):
        return [span for batch in self.batches for span in batch[3]]

    def wait_for_spans(self, count, timeout=30):
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.spans()) >= count, timeout):
                raise AssertionError(f"{len(self.spans())} spans within {timeout} s instead of {count}")
        return self.spans()

// A small HTTP/1.1 server to put behind the proxy. Needs nothing but Node.js.
//
//   /            one line of text that names the backend
//   /health      {"status": "healthy", ...}, what health checks ask for
//   /api/status  the backend's name, its uptime, and the request as it arrived here
//
// HOST (every address), PORT (3000; 0 picks a free one) and NAME (backend2) may be set in the environment.
import { createServer } from "node:http";

const name = process.env.NAME ?? "backend2";
const port = Number(process.env.PORT ?? 3000);
const host = process.env.HOST;
const KEEP_ALIVE_MS = 120_000; // longer than the proxy keeps an idle connection, so that the proxy ends it
const DRAIN_MS = 10_000;

function reply(response, status, contentType, text) {
  response.writeHead(status, {
    "Content-Type": contentType,
    "Content-Length": Buffer.byteLength(text),
    "X-Backend": name,
  });
  response.end(text); // Node leaves the body out of an answer to HEAD
}

function replyJson(response, status, value) {
  reply(response, status, "application/json", JSON.stringify(value, null, 2) + "\n");
}

// [["Host", "localhost"], ...] in the order and case of the wire.
function fields(request) {
  const pairs = [];
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    pairs.push(request.rawHeaders.slice(index, index + 2));
  }
  return pairs;
}

function handle(request, response) {
  request.resume(); // the body is read away, so that the connection can be used again
  const path = request.url.split("?", 1)[0];
  const uptime = Math.round(process.uptime() * 1000) / 1000;
  if (path === "/") {
    reply(response, 200, "text/plain; charset=utf-8", `Hello from ${name}\n`);
  } else if (path === "/health") {
    replyJson(response, 200, { status: "healthy", backend: name, uptime_seconds: uptime });
  } else if (path === "/api/status") {
    replyJson(response, 200, {
      backend: name,
      uptime_seconds: uptime,
      method: request.method,
      path: request.url,
      headers: fields(request),
    });
  } else {
    replyJson(response, 404, { error: "not found", path: request.url, backend: name });
  }
}

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, handle);
server.on("error", (error) => {
  console.error(`${name}: ${error.message}`);
  process.exit(1);
});
server.listen({ port, host }, () => {
  console.log(`${name} listens on http://${host ?? "localhost"}:${server.address().port}`);
});

// What is under way is finished; idle connections end at once.
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => process.exit(1), DRAIN_MS).unref();
  });
}

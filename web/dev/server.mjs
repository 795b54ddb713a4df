// A stand-in for the proxy's control API, for working on the page: `npm run dev`, then http://127.0.0.1:8889/control.
// It serves web/dist, speaks docs/openapi.yaml, and makes everything else up. Not a part of the proxy.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { drills, start_drill } from "./drill.mjs";
import { World } from "./world.mjs";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const types = {
  html: "text/html",
  js: "text/javascript",
  css: "text/css",
  svg: "image/svg+xml",
  woff2: "font/woff2",
  txt: "text/plain",
};
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const world = new World(Number(process.env.BACKENDS ?? 3));
setInterval(() => world.tick(), 1000);
setInterval(() => world.next_step(), 5000);

const refusal = (status, error, message) => ({ status, body: { error, message } });
const ok = (body, status = 200) => ({ status, body });

const on_backend = (action) => (query) => {
  const backend = world.backend(query.get("name"));
  if (backend === undefined) {
    const names = world.backends.map(({ name }) => name).join(", ");
    return refusal(404, "unknown_backend", `there is no backend "${query.get("name")}"; there are ${names}`);
  }
  if (backend.pending !== null)
    return refusal(409, "conflict", `${backend.name} is busy: ${backend.pending}`);
  world.order(backend, action);
  return ok(backend, 202);
};

const run_of = (query) => world.runs.find(({ id }) => String(id) === query.get("id"));

const answers = {
  "GET /api/status": () => ok(world.status()),
  "GET /api/backends": () => ok({ backends: world.backends }),
  "GET /api/activity": (query) =>
    ok({ activity: world.activity.filter(({ id }) => id > Number(query.get("after") ?? 0)) }),
  "GET /api/series": () => ok(world.series_of(0)),
  "GET /api/drills": () =>
    ok({ drills, runs: world.runs.map((run) => ({ ...run, samples: [], timeline: [] })) }),
  "GET /api/drills/run": (query) => {
    const run = run_of(query);
    return run ? ok(run) : refusal(404, "unknown_run", "there is no such run");
  },
  "GET /connections": (query) => {
    const protocol = query.get("protocol");
    const all = world
      .connections()
      .filter((connection) => protocol === null || connection.protocol === protocol);
    return ok({
      total: all.length,
      workers_silent: 0,
      connections: all.slice(0, Number(query.get("limit") ?? 200)),
    });
  },
  "GET /routes": () =>
    ok({
      routes: [
        {
          name: "docs",
          host: "",
          path: "/docs",
          methods: ["GET"],
          backends: [],
          algorithm: "",
          redirect: "https://docs.example/{path}",
        },
        {
          name: "api",
          host: "api.example.com",
          path: "/api/**",
          methods: [],
          backends: ["backend1", "backend2"],
          algorithm: "least_connections",
          redirect: null,
        },
        {
          name: "everything",
          host: "",
          path: "",
          methods: [],
          backends: world.backends.map(({ name }) => name),
          algorithm: "round_robin",
          redirect: null,
        },
      ],
    }),
  "POST /api/crash": () => {
    const victim = world.crash();
    return victim ? ok(victim, 202) : refusal(409, "conflict", "no backend is healthy");
  },
  "POST /api/load/start": (query) => {
    const { load } = world;
    if (!load.running)
      Object.assign(load, { sent: 0, succeeded: 0, failed: 0, started: new Date().toISOString() });
    Object.assign(load, {
      running: true,
      path: query.get("path") ?? "/",
      rate: Number(query.get("rate") ?? 50),
      ends: new Date(Date.now() + 600_000).toISOString(),
    });
    world.note("load", "info", "", "Load started", `${load.rate} requests/s`);
    return ok(load);
  },
  "POST /api/load/stop": () => {
    world.load.running = false;
    world.note("load", "info", "", "Load stopped", "");
    return ok(world.load);
  },
  "POST /api/logging": (query) => ok({ level: (world.log_level = query.get("level")) }),
  "POST /api/drills/start": (query) => {
    if (world.runs[0]?.state === "running") return refusal(409, "conflict", "a drill is running");
    const drill = drills.find(({ name }) => name === query.get("name"));
    return drill
      ? ok(start_drill(world, drill), 202)
      : refusal(404, "unknown_drill", "there is no such drill");
  },
  "POST /api/drills/stop": () => {
    if (world.runs[0]?.state !== "running") return refusal(409, "conflict", "no drill is running");
    world.runs[0].stop();
    return ok(world.runs[0], 202);
  },
};
for (const action of ["stop", "start", "restart", "drain", "undrain"])
  answers[`POST /api/backend/${action}`] = on_backend(action);

function stream(request, response) {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  const send = (type, data, id) => {
    const value = type === "status" ? world.status() : data;
    response.write(
      `event: ${type}\n${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(value)}\n\n`,
    );
  };
  send("status");
  send("backends", { backends: world.backends });
  const seen = Number(request.headers["last-event-id"] ?? 0);
  for (const entry of world.activity) if (entry.id > seen) send("activity", entry, entry.id);
  if (world.runs[0]?.state === "running") send("drill", world.runs[0]);
  request.on("close", world.on(send));
}

async function send_file(name, response) {
  try {
    const bytes = await readFile(join(dist, name));
    const type = types[name.split(".").at(-1)] ?? "application/octet-stream";
    response.writeHead(200, {
      "Content-Type": `${type}; charset=utf-8`,
      "Content-Security-Policy": policy,
      "Cache-Control": "no-cache",
    });
    response.end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}

const server = createServer((request, response) => {
  const url = new URL(request.url, "http://localhost");
  if (url.pathname === "/api/events") return stream(request, response);
  if (url.pathname === "/control") return void send_file("index.html", response);
  if (/^\/control\/[a-z0-9]+\.[a-z0-9]+$/.test(url.pathname))
    return void send_file(url.pathname.slice(9), response);
  if (url.pathname === "/config_dump") {
    response.writeHead(200, { "Content-Type": "application/yaml" });
    return void response.end('server:\n  name: "quic-proxy"\n# the stand-in has no more\n');
  }
  const answer = answers[`${request.method} ${url.pathname}`];
  const { status, body } = answer
    ? answer(url.searchParams)
    : refusal(404, "unknown_path", `there is no ${url.pathname}`);
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
});
server.listen(Number(process.env.PORT ?? 8889), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}/control`);
});

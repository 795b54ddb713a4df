// A made-up proxy: three backends, traffic that comes and goes, a load, checks that fail when a backend is stopped. It
// knows nothing of HTTP; server.mjs shows it.

const step_seconds = 5;
const steps_max = 180;

const now = () => new Date().toISOString();
const jitter = (value, part = 0.08) => value * (1 + part * (2 * Math.random() - 1));

export class World {
  started = new Date(Date.now() - 2.2 * 3600_000).toISOString();
  log_level = "info";
  activity = [];
  runs = [];
  load = { running: false, rate: 50, path: "/", started: null, ends: null, sent: 0, succeeded: 0, failed: 0 };
  requests_total = 812_345;
  base_rate = 180;
  series = new Map(); // "panel label" -> values
  times = [];
  #listeners = new Set();
  #failed_checks = new Map();

  constructor(count) {
    this.backends = Array.from({ length: count }, (_, i) => i + 1).map((number) => ({
      name: `backend${number}`,
      url: `http://127.0.0.1:300${number}`,
      weight: 1,
      state: "healthy",
      since: this.started,
      reason: "",
      pending: null,
      process: null,
      checks: {
        enabled: true,
        passed_total: 720 + number,
        failed_total: 0,
        last_time: now(),
        last_error: "",
      },
      requests_total: 270_000 + number * 511,
      requests_active: 1,
      requests_per_second: 60,
      failures_total: number === 2 ? 3 : 0,
      connections: 6 + number,
      latency: { p50_ms: 1.2, p95_ms: 3.1, p99_ms: 6.2 },
    }));
    const began = Math.floor(Date.now() / 1000 / step_seconds) * step_seconds;
    for (let i = steps_max; i > 0; i--) this.#step(began - i * step_seconds);
    this.note("proxy", "info", "", "Proxy started", "version 0.1.0, 2 workers");
    for (const { name } of this.backends) this.note("health", "info", name, "Marked backend as healthy", "");
    this.note("retry", "warn", "backend2", "Requests tried again elsewhere", "3 requests: connection reset");
  }

  on(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  emit(type, data, id) {
    for (const listener of this.#listeners) listener(type, data, id);
  }

  note(kind, level, backend, message, detail) {
    const entry = {
      id: (this.activity.at(-1)?.id ?? 0) + 1,
      time: now(),
      kind,
      level,
      backend,
      message,
      detail,
    };
    this.activity = [...this.activity, entry].slice(-500);
    this.emit("activity", entry, entry.id);
  }

  backend(name) {
    return this.backends.find((backend) => backend.name === name);
  }
  taking() {
    return this.backends.filter(({ state }) => state === "healthy");
  }

  set_state(backend, state, reason) {
    if (backend.state === state) return;
    const took = backend.state === "healthy";
    Object.assign(backend, { state, reason, since: now() });
    if (state === "unhealthy")
      this.note("health", "warn", backend.name, "Marked backend as unhealthy", reason);
    if (state === "healthy") this.note("health", "info", backend.name, "Added to load balancer", "");
    else if (took) this.note("health", "info", backend.name, "Removed from load balancer", "");
    this.emit("backends", { backends: this.backends });
  }

  /** What an operator asks for; the driver takes its time. */
  order(backend, action) {
    this.note("operator", "info", backend.name, `Operator asked: ${action}`, "from 127.0.0.1");
    if (action === "drain") return this.set_state(backend, "draining", "drained by an operator");
    if (action === "undrain") return this.set_state(backend, "healthy", "");
    backend.pending = action;
    if (action !== "start") this.set_state(backend, "draining", `${action} by an operator`);
    setTimeout(() => {
      if (action !== "start") this.set_state(backend, "stopped", "stopped by an operator");
      const finish = () => {
        backend.pending = null;
        if (action !== "stop") this.set_state(backend, "healthy", "");
        this.note("driver", "info", backend.name, `Driver is done: ${action}`, "");
      };
      setTimeout(finish, action === "restart" ? 900 : 300);
    }, 700);
  }

  crash() {
    const victims = this.taking();
    const victim = victims[Math.floor(Math.random() * victims.length)];
    if (victim === undefined) return undefined;
    this.note("operator", "warn", victim.name, "Operator crashed a backend", "from 127.0.0.1");
    this.#failed_checks.set(victim.name, 0);
    return victim;
  }

  tick() {
    const rate =
      jitter(this.base_rate * (1 + 0.25 * Math.sin(Date.now() / 90_000))) +
      (this.load.running ? this.load.rate : 0);
    const taking = this.backends.filter((b) => b.state === "healthy" && !this.#failed_checks.has(b.name));
    for (const backend of this.backends) {
      const takes = taking.includes(backend);
      const part = takes ? jitter(rate / taking.length, 0.04) : 0;
      backend.requests_per_second = Math.round(part * 10) / 10;
      backend.requests_total += Math.round(part);
      backend.requests_active = takes ? Math.max(0, Math.round(jitter(part * 0.02, 0.9))) : 0;
      backend.connections = takes ? Math.round(jitter(7, 0.2)) : 0;
      const slow = 3 / Math.max(1, taking.length);
      backend.latency = takes
        ? { p50_ms: jitter(1.2 * slow), p95_ms: jitter(3.1 * slow, 0.2), p99_ms: jitter(6.4 * slow, 0.3) }
        : { p50_ms: null, p95_ms: null, p99_ms: null };
      this.#check(backend);
    }
    this.requests_total += Math.round(rate);
    if (this.load.running) {
      this.load.sent += this.load.rate;
      this.load.succeeded += this.load.rate;
      if (Date.parse(this.load.ends) < Date.now()) this.load.running = false;
    }
    this.rate = rate;
    this.emit("status", null);
    this.emit("backends", { backends: this.backends });
  }

  #check(backend) {
    const failed = this.#failed_checks.get(backend.name);
    if (failed === undefined) return;
    this.#failed_checks.set(backend.name, failed + 1);
    if (backend.state === "stopped") return void this.#failed_checks.delete(backend.name);
    if (failed < 3) {
      backend.checks.failed_total++;
      backend.checks.last_error = "connection refused";
      this.note("health", "warn", backend.name, "Health check failed", "connection refused");
    }
    if (failed === 2) this.set_state(backend, "unhealthy", "3 checks in a row: connection refused");
    if (failed === 14) {
      this.#failed_checks.delete(backend.name);
      backend.checks.last_error = "";
      this.set_state(backend, "healthy", "");
    }
  }

  #step(time) {
    this.times.push(time);
    const wave = 1 + 0.25 * Math.sin((time * 1000) / 90_000);
    const rate = this.rate ?? jitter(this.base_rate * wave, 0.05);
    const taking = this.taking();
    const put = (panel, label, value) => {
      const key = `${panel}\n${label}`;
      if (!this.series.has(key)) this.series.set(key, []);
      this.series.get(key).push(value);
    };
    for (const backend of this.backends) {
      const part = taking.includes(backend) ? jitter(rate / taking.length, 0.05) : 0;
      put("request_rate", `GET ${backend.name}`, part * 0.86);
      put("request_rate", `POST ${backend.name}`, part * 0.14);
      put("backend_requests", backend.name, part);
      put("backend_latency_p95_ms", backend.name, part > 0 ? jitter(3.1, 0.2) : null);
    }
    put("requests_total", "", this.requests_total - (Date.now() / 1000 - time) * this.base_rate);
    put("success_percent", "", Math.min(100, 99.96 + Math.random() * 0.06));
    put("latency_ms", "p50", jitter(1.2));
    put("latency_ms", "p95", jitter(3.1, 0.2));
    put("latency_ms", "p99", jitter(6.3, 0.3));
    put("transfer_bytes_per_second", "request", jitter(rate * 220));
    put("transfer_bytes_per_second", "response", jitter(rate * 9_400));
    put("concurrency", "requests", Math.round(jitter(rate * 0.05, 0.4)));
    put("concurrency", "h3", Math.round(jitter(84 * wave, 0.03)));
    put("concurrency", "h1", Math.round(jitter(11, 0.1)));
    put("memory_bytes", "allocated", jitter(23e6 * wave, 0.01));
    put("memory_bytes", "resident", jitter(61e6, 0.002));
    put("cpu_percent", "", jitter(6.2 * wave, 0.1));
    for (const values of [this.times, ...this.series.values()]) if (values.length > steps_max) values.shift();
  }

  next_step() {
    this.#step(this.times.at(-1) + step_seconds);
    this.emit("series", this.series_of(-1));
  }

  series_of(from) {
    const series = [...this.series].map(([key, values]) => {
      const [panel, label] = key.split("\n");
      return { panel, label, values: values.slice(from) };
    });
    return { step_seconds, times: this.times.slice(from), series };
  }

  status() {
    const healthy = this.taking().length;
    const rate = this.rate ?? this.base_rate;
    return {
      name: "quic-proxy",
      version: "0.1.0",
      time: now(),
      started: this.started,
      state: healthy === this.backends.length ? "healthy" : healthy > 0 ? "degraded" : "unhealthy",
      ending: false,
      healthy_backends: healthy,
      total_backends: this.backends.length,
      driver: "process",
      log_level: this.log_level,
      may_change: true,
      links: [
        { name: "Grafana", url: "http://localhost:3001/d/quic-proxy-performance" },
        { name: "Prometheus", url: "http://localhost:9091" },
        { name: "Jaeger", url: "http://localhost:16686" },
      ],
      traffic: {
        requests_total: this.requests_total,
        requests_active: Math.round(rate * 0.05),
        requests_per_second: rate,
        success_percent: healthy > 0 ? Math.min(100, 99.97 + Math.random() * 0.05) : 0,
        latency: { p50_ms: jitter(1.21), p95_ms: jitter(3.12), p99_ms: jitter(6.4) },
        connections: { h3: 84, h2: 0, h1: 11 },
      },
      load: this.load,
    };
  }

  connections() {
    this.connected ??= Array.from({ length: 95 }, (_, i) => ({
      id: `c${i}`,
      protocol: i < 84 ? "h3" : "h1",
      version: i >= 84 ? (i % 2 ? "TLS 1.3" : "plain") : i % 9 === 0 ? "QUIC v2" : "QUIC v1",
      peer:
        i % 7 === 0
          ? `[2001:db8::${(i + 16).toString(16)}]:${49152 + i * 17}`
          : `192.0.2.${i + 10}:${49152 + i * 31}`,
      server_name: "localhost",
      worker: i % 2,
      age_seconds: 3 + i * i * 0.8,
      streams: 0,
      requests_total: 4 + i * 13,
      rtt_ms: i < 84 ? 0.4 + ((i * 37) % 90) : null,
      rtt_min_ms: i < 84 ? 0.3 + ((i * 37) % 90) * 0.8 : null,
      loss_percent: i < 84 ? (i % 5 === 0 ? 0.4 + (i % 3) : 0) : null,
      cwnd_bytes: i < 84 ? 14_520 + i * 3_111 : null,
      in_flight_bytes: i < 84 ? 0 : null,
      migrations: i < 84 ? (i % 11 === 0 ? 1 : 0) : null,
    }));
    for (const connection of this.connected) {
      connection.age_seconds += 2;
      connection.streams = Math.random() < 0.2 ? 1 + Math.floor(Math.random() * 3) : 0;
      if (connection.rtt_ms !== null) connection.rtt_ms = jitter(connection.rtt_ms, 0.03);
    }
    return this.connected;
  }
}

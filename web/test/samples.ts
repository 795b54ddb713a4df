// Answers of the proxy that tests change to their needs.
import type { Activity, Backend, Connection, DrillRun, Series } from "../src/api/types";

export function backend(changes: Partial<Backend> = {}): Backend {
  return {
    name: "backend1",
    url: "http://127.0.0.1:3001",
    weight: 1,
    state: "healthy",
    since: "2026-11-23T12:00:00.000Z",
    reason: "",
    pending: null,
    process: null,
    checks: { enabled: true, passed_total: 1, failed_total: 0, last_time: null, last_error: "" },
    requests_total: 0,
    requests_active: 0,
    requests_per_second: 0,
    failures_total: 0,
    connections: 0,
    latency: { p50_ms: null, p95_ms: null, p99_ms: null },
    ...changes,
  };
}

export function entry(id: number, changes: Partial<Activity> = {}): Activity {
  return {
    id,
    time: "2026-11-23T12:00:00.000Z",
    kind: "health",
    level: "info",
    backend: "backend1",
    message: "Marked backend as healthy",
    detail: "",
    ...changes,
  };
}

export function connection(changes: Partial<Connection> = {}): Connection {
  return {
    id: "c1",
    protocol: "h3",
    version: "QUIC v1",
    peer: "192.0.2.1:50000",
    server_name: "",
    worker: 0,
    age_seconds: 1,
    streams: 0,
    requests_total: 0,
    rtt_ms: 1,
    rtt_min_ms: 1,
    loss_percent: 0,
    cwnd_bytes: 1,
    in_flight_bytes: 0,
    migrations: 0,
    ...changes,
  };
}

export function run(changes: Partial<DrillRun> = {}): DrillRun {
  return {
    id: 1,
    name: "failover",
    title: "Failover",
    state: "running",
    verdict: "",
    started: "2026-11-23T12:00:00.000Z",
    ended: null,
    duration_seconds: 60,
    requests: { sent: 0, succeeded: 0, failed: 0 },
    steps: [],
    checks: [],
    samples: [],
    timeline: [],
    ...changes,
  };
}

export function sample(at_seconds: number): DrillRun["samples"][number] {
  return { at_seconds, succeeded: 50, failed: 0, p95_ms: null, backends: {} };
}

export function series(times: number[], lines: Record<string, (number | null)[]>): Series {
  return {
    step_seconds: 5,
    times,
    series: Object.entries(lines).map(([label, values]) => ({ panel: "backend_requests", label, values })),
  };
}

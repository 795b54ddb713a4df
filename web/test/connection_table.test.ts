import assert from "node:assert/strict";
import { test } from "node:test";
import { by_column, coverage, summary } from "../src/state/connection_table";
import { connection } from "./samples";

const ids = (sorted: { id: string }[]) => sorted.map(({ id }) => id).join("");

test("unknown values come last in both directions", () => {
  const all = [
    connection({ id: "a", rtt_ms: null }),
    connection({ id: "b", rtt_ms: 9 }),
    connection({ id: "c", rtt_ms: 10 }),
  ];

  assert.equal(ids(by_column(all, { column: "rtt_ms", direction: "up" })), "bca");
  assert.equal(ids(by_column(all, { column: "rtt_ms", direction: "down" })), "cba");
});

test("addresses are ordered as numbers", () => {
  const all = [connection({ id: "a", peer: "192.0.2.10:1" }), connection({ id: "b", peer: "192.0.2.9:1" })];

  assert.equal(ids(by_column(all, { column: "peer", direction: "up" })), "ba");
});

test("the summary is of QUIC connections only", () => {
  const all = [
    connection({ rtt_ms: 1, loss_percent: 1 }),
    connection({ rtt_ms: 7, loss_percent: 2, version: "QUIC v2" }),
    connection({ rtt_ms: 9, loss_percent: null }),
    connection({ protocol: "h1", version: "plain", rtt_ms: null, loss_percent: null }),
  ];

  assert.deepEqual(summary(all), { quic: 3, rtt_ms: 7, loss_percent: 1.5, versions: "QUIC v1, QUIC v2" });
  assert.deepEqual(summary([]), { quic: 0, rtt_ms: null, loss_percent: null, versions: "" });
});

test("what is not listed is said", () => {
  const connections = [connection()];

  assert.equal(coverage({ total: 1, workers_silent: 0, connections }), "1 connection");
  assert.equal(coverage({ total: 2, workers_silent: 0, connections }), "1 of 2 connections");
  assert.equal(
    coverage({ total: 1, workers_silent: 2, connections }),
    "1 connection, without 2 workers that gave no answer",
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { mood_of, offers_of, shares_of } from "../src/state/backend_view";
import { backend } from "./samples";

const offered = (...parameters: Parameters<typeof offers_of>) =>
  offers_of(...parameters).map(({ label, is_possible }) => (is_possible ? label : `(${label})`));

test("the buttons keep their places whatever the state", () => {
  assert.deepEqual(offered(backend(), undefined), ["Drain", "Restart", "Stop"]);
  assert.deepEqual(offered(backend({ state: "unhealthy" }), undefined), ["Drain", "Restart", "Stop"]);
  assert.deepEqual(offered(backend({ state: "draining" }), undefined), ["Resume", "Restart", "Stop"]);
  assert.deepEqual(offered(backend({ state: "stopped" }), undefined), ["(Drain)", "(Restart)", "Start"]);
});

test("a process that runs no more can be started and not restarted", () => {
  const crashed = backend({ state: "unhealthy", process: "down" });
  const again_soon = backend({ state: "unhealthy", process: "waiting" });

  assert.deepEqual(offered(backend({ process: "running" }), undefined), ["Drain", "Restart", "Stop"]);
  assert.deepEqual(offered(crashed, undefined), ["Drain", "(Restart)", "Start"]);
  assert.deepEqual(offered(again_soon, undefined), ["Drain", "Start", "Stop"]);
  assert.deepEqual(offered(backend({ state: "stopped", process: "down" }), undefined), [
    "(Drain)",
    "(Restart)",
    "Start",
  ]);
  assert.deepEqual(offered(crashed, "start"), ["(Drain)", "(Restart)", "(Start)"]);
});

test("nothing can be ordered while an order is on its way", () => {
  assert.deepEqual(offered(backend(), "drain"), ["(Drain)", "(Restart)", "(Stop)"]);
  assert.deepEqual(offered(backend({ state: "stopped", pending: "start" }), undefined), [
    "(Drain)",
    "(Restart)",
    "(Start)",
  ]);
});

test("only what interrupts service is asked about", () => {
  assert.deepEqual(
    offers_of(backend(), undefined).map(({ question }) => question),
    ["", "Restart backend1?", "Stop backend1?"],
  );
  assert.equal(offers_of(backend({ state: "stopped" }), undefined)[2].question, "");
});

test("what was asked shows at once, then what the driver does, then the state", () => {
  assert.equal(mood_of(backend(), "stop").word, "Stopping…");
  assert.equal(mood_of(backend({ state: "draining", pending: "restart" }), undefined).word, "Restarting…");
  assert.deepEqual(mood_of(backend({ state: "stopped" }), undefined), {
    word: "Stopped",
    tone: "off",
    is_busy: false,
  });
});

test("shares are parts of all requests, and zero without any", () => {
  const two = [
    backend({ name: "a", requests_per_second: 30 }),
    backend({ name: "b", requests_per_second: 10 }),
  ];

  assert.deepEqual(
    [...shares_of(two)],
    [
      ["a", 75],
      ["b", 25],
    ],
  );
  assert.deepEqual([...shares_of([backend()])], [["backend1", 0]]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { elapsed_seconds, merged } from "../src/state/drill_run";
import { entry, run, sample } from "./samples";

test("newest samples are added once", () => {
  const known = merged(run({ samples: [sample(0)] }), run({ samples: [sample(1)] }));

  const again = merged(known, run({ samples: [sample(1)] }));

  assert.deepEqual(
    again.samples.map(({ at_seconds }) => at_seconds),
    [0, 1],
  );
});

test("another run replaces the one that was shown", () => {
  assert.deepEqual(merged(run({ samples: [sample(0)] }), run({ id: 2, samples: [] })).samples, []);
});

test("a timeline that is known stays until there is a newer one", () => {
  assert.equal(merged(run({ timeline: [entry(1)] }), run()).timeline.length, 1);
});

test("a run's clock stops at its end", () => {
  const later = Date.parse("2026-11-23T13:00:00.000Z");

  assert.equal(elapsed_seconds(run({ ended: "2026-11-23T12:00:24.000Z" }), later), 24);
  assert.equal(elapsed_seconds(run(), Date.parse("2026-11-23T12:00:05.000Z")), 5);
  assert.equal(elapsed_seconds(run(), Date.parse("2026-11-23T11:59:00.000Z")), 0);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { no_series, stacked, steps_max, time_window, with_steps } from "../src/state/series_window";
import { series } from "./samples";

test("a step that is known already changes nothing", () => {
  const window = with_steps(no_series, series([5, 10], { backend1: [1, 2] }));

  assert.equal(with_steps(window, series([10], { backend1: [9] })), window);
});

test("of overlapping steps only the new ones are added", () => {
  const window = with_steps(no_series, series([5, 10], { backend1: [1, 2] }));

  const later = with_steps(window, series([10, 15], { backend1: [9, 3] }));

  assert.deepEqual(later.times, [5, 10, 15]);
  assert.deepEqual(later.lines.get("backend_requests"), [{ label: "backend1", values: [1, 2, 3] }]);
});

test("a line that comes later, and one that is missing, have nulls", () => {
  const window = with_steps(no_series, series([5], { backend1: [1] }));

  const later = with_steps(window, series([10], { backend2: [2] }));

  assert.deepEqual(later.lines.get("backend_requests"), [
    { label: "backend1", values: [1, null] },
    { label: "backend2", values: [null, 2] },
  ]);
});

test("one step past 15 minutes drops the oldest, and a line that has nothing left", () => {
  const times = Array.from({ length: steps_max }, (_, i) => 5 * (i + 1));
  const window = with_steps(
    no_series,
    series(times, { gone: times.map((_, i) => (i === 0 ? 1 : null)), here: times }),
  );

  const later = with_steps(window, series([5 * (steps_max + 1)], { here: [7] }));

  assert.equal(later.times.length, steps_max);
  assert.equal(later.times[0], 10);
  assert.deepEqual(
    later.lines.get("backend_requests")?.map(({ label }) => label),
    ["here"],
  );
});

test("a chart shows two minutes at first, and widens up to its most", () => {
  assert.deepEqual(time_window(1000, 1010, 900), [890, 1010]);
  assert.deepEqual(time_window(1000, 1300, 900), [1000, 1300]);
  assert.deepEqual(time_window(1000, 9000, 900), [8100, 9000]);
  const [from, to] = time_window(null, null, 900);
  assert.ok(to - from === 120 && Math.abs(to - Date.now() / 1000) < 60);
});

test("stacked lines add up, and an unknown value adds nothing", () => {
  assert.deepEqual(
    stacked([
      [1, null, null],
      [2, 5, null],
    ]),
    [
      [1, null, null],
      [3, 5, null],
    ],
  );
});

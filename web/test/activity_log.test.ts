import assert from "node:assert/strict";
import { test } from "node:test";
import { entries_max, everything, marked, matches, with_entry } from "../src/state/activity_log";
import { entry } from "./samples";

test("an entry that came before is not added again", () => {
  const log = with_entry(with_entry([], entry(1)), entry(2));

  assert.deepEqual(
    with_entry(log, entry(2)).map(({ id }) => id),
    [1, 2],
  );
  assert.deepEqual(
    with_entry(log, entry(1)).map(({ id }) => id),
    [1, 2],
  );
});

test("one entry past the limit pushes out the oldest", () => {
  let log = with_entry([], entry(1));
  for (let id = 2; id <= entries_max + 1; id++) log = with_entry(log, entry(id));

  assert.equal(log.length, entries_max);
  assert.equal(log[0]?.id, 2);
});

test("all words have to occur, anywhere and in either case", () => {
  const failed = entry(1, { message: "Health check failed", detail: "connection refused" });

  assert.ok(matches(failed, { ...everything, words: "REFUSED  backend1" }));
  assert.ok(!matches(failed, { ...everything, words: "refused backend2" }));
  assert.ok(matches(failed, { ...everything, words: "  " }));
});

test("retries are found by their kind, their backend and their number", () => {
  const retried = entry(1, {
    kind: "retry",
    message: "Retried requests",
    detail: "12 requests were tried again after failing here",
  });

  for (const words of ["retry backend1", "retried 12", "tried again"])
    assert.ok(matches(retried, { ...everything, words }), words);
  assert.ok(matches(retried, { ...everything, kinds: new Set(["retry"]) }));
});

test("kind and backend narrow the search", () => {
  assert.ok(matches(entry(1), { ...everything, kinds: new Set(["health", "drill"]) }));
  assert.ok(!matches(entry(1), { ...everything, kinds: new Set(["drill"]) }));
  assert.ok(!matches(entry(1), { ...everything, backend: "backend2" }));
});

test("matches are marked, and what was typed is no pattern", () => {
  assert.deepEqual(marked("Health check", ["CHECK"]), [
    { text: "Health ", is_match: false },
    { text: "check", is_match: true },
  ]);
  assert.deepEqual(marked("a.b", [".", "("]), [
    { text: "a", is_match: false },
    { text: ".", is_match: true },
    { text: "b", is_match: false },
  ]);
  assert.deepEqual(marked("text", []), [{ text: "text", is_match: false }]);
});

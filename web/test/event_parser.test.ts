import assert from "node:assert/strict";
import { test } from "node:test";
import { EventParser } from "../src/api/event_parser";

const text =
  'event: status\ndata: {"a":1}\n\nid: 7\nevent: activity\ndata: one\ndata: two\n\n: silence\n\ndata:bare\n\n';
const events = [
  { type: "status", data: '{"a":1}' },
  { type: "activity", data: "one\ntwo" },
  { type: "message", data: "bare" },
];

test("a stream cut at any byte gives the same events", () => {
  for (const ending of ["\n", "\r\n", "\r"]) {
    const wire = text.replaceAll("\n", ending);
    for (let cut = 0; cut <= wire.length; cut++) {
      const parser = new EventParser();

      const found = [...parser.push(wire.slice(0, cut)), ...parser.push(`${wire.slice(cut)}:\n`)];

      assert.deepEqual(found, events, `cut at ${cut} of ${JSON.stringify(wire)}`);
      assert.equal(parser.last_id, "7");
    }
  }
});

test("the last id outlives a new connection, a half event does not", () => {
  const parser = new EventParser();
  parser.push("id: 3\ndata: x\n\nevent: activity\ndata: lost");

  parser.restart();

  assert.deepEqual(parser.push("data: y\n\n"), [{ type: "message", data: "y" }]);
  assert.equal(parser.last_id, "3");
});

test("an event without data is none", () => {
  assert.deepEqual(new EventParser().push("event: status\n\n"), []);
});

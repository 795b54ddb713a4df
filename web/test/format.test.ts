import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, clock, milliseconds, percent, plural, share, short, span } from "../src/ui/format";

function table<T>(format: (value: T) => string, rows: [T, string][]): void {
  for (const [value, text] of rows) assert.equal(format(value), text, `of ${value}`);
}

test("short numbers keep three digits that count", () =>
  table(short, [
    [0, "0"],
    [0.4217, "0.42"],
    [7.5, "7.5"],
    [9.999, "10"],
    [48.61, "48.6"],
    [320.4, "320"],
    [1234, "1,234"],
    [12_345, "12.3k"],
    [812_345, "812k"],
    [1_210_000, "1.21M"],
    [null, "–"],
  ]));

test("almost everything is not everything", () =>
  table(percent, [
    [100, "100 %"],
    [99.9999, "99.99 %"],
    [99.99, "99.99 %"],
    [99.5, "99.5 %"],
    [42.26, "42.2 %"],
    [0, "0 %"],
    [null, "–"],
  ]));

test("times have the unit that suits them", () =>
  table(milliseconds, [
    [0.84, "0.84 ms"],
    [3.123, "3.12 ms"],
    [64, "64 ms"],
    [1240, "1.24 s"],
    [null, "–"],
  ]));

test("bytes go by 1024", () =>
  table(bytes, [
    [0, "0 B"],
    [999, "999 B"],
    [1024, "1 KiB"],
    [14_520, "14.2 KiB"],
    [61e6, "58.2 MiB"],
    [null, "–"],
  ]));

test("spans have their two largest units", () =>
  table(span, [
    [0, "0 s"],
    [-3, "0 s"],
    [45.9, "45 s"],
    [60, "1 min"],
    [200, "3 min 20 s"],
    [7500, "2 h 5 min"],
    [277_300, "3 d 5 h"],
    [86_430, "1 d"],
  ]));

test("a share is whole, unless it is small", () =>
  table(share, [
    [0, "0 %"],
    [0.42, "0.4 %"],
    [33.4, "33 %"],
    [100, "100 %"],
  ]));

test("a drill's clock counts minutes", () =>
  table(clock, [
    [0, "0:00"],
    [7.9, "0:07"],
    [80, "1:20"],
  ]));

test("one is not many", () => {
  assert.equal(plural(1, "failure"), "1 failure");
  assert.equal(plural(1200, "failure"), "1,200 failures");
});

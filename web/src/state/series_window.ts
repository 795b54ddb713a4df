// The values of the charts: what /api/series gave, and each step of the stream added to it. All lines are as long as
// `times`; what a line did not have at a time is null.
import type { Panel, Series } from "../api/types";

export const steps_max = 180; // 15 minutes

const seconds_min = 120;

/**
 * The part of the axis of time that a chart shows: as wide as what is known, but at least two minutes and at most
 * `seconds_max`; it ends with the newest value, or now if there is none. All of it is seconds since 1970.
 */
export function time_window(
  first: number | null,
  last: number | null,
  seconds_max: number,
): [number, number] {
  const end = last ?? Date.now() / 1000;
  return [end - Math.min(seconds_max, Math.max(seconds_min, end - (first ?? end))), end];
}

export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

export interface SeriesWindow {
  readonly times: readonly number[]; // seconds since 1970
  readonly lines: ReadonlyMap<Panel, readonly Line[]>;
}

export const no_series: SeriesWindow = { times: [], lines: new Map() };

/** `window` with the steps of `news` that are newer than its own, the oldest ones dropped. */
export function with_steps(window: SeriesWindow, news: Series): SeriesWindow {
  const last = window.times.at(-1) ?? -Infinity;
  const from = news.times.findIndex((time) => time > last);
  if (from < 0) return window;
  const before = window.times.length;
  const added = news.times.length - from;
  const dropped = Math.max(0, before + added - steps_max);
  const lines = new Map<Panel, Line[]>();
  const put = (
    panel: Panel,
    label: string,
    old: readonly (number | null)[],
    fresh: readonly (number | null)[],
  ) => {
    const values = [...old, ...fresh].slice(dropped);
    if (values.every((value) => value === null)) return; // of a backend that is no more
    lines.set(panel, [...(lines.get(panel) ?? []), { label, values }]);
  };
  const came = new Map(news.series.map((line) => [`${line.panel} ${line.label}`, line.values.slice(from)]));
  for (const [panel, known] of window.lines) {
    for (const { label, values } of known) {
      const key = `${panel} ${label}`;
      put(panel, label, values, came.get(key) ?? nothing(added));
      came.delete(key);
    }
  }
  for (const { panel, label } of news.series) {
    const fresh = came.get(`${panel} ${label}`);
    if (fresh !== undefined) put(panel, label, nothing(before), fresh);
  }
  return { times: [...window.times, ...news.times.slice(from)].slice(dropped), lines };
}

/** Each line on top of those before it: the upper edges of a stacked chart. */
export function stacked(lines: readonly (readonly (number | null)[])[]): (number | null)[][] {
  const sums: number[] = [];
  return lines.map((values) =>
    values.map((value, i) => {
      if (value !== null) sums[i] = (sums[i] ?? 0) + value;
      return sums[i] ?? null;
    }),
  );
}

function nothing(count: number): null[] {
  return new Array<null>(count).fill(null);
}

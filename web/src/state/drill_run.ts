// A run of a drill as it goes on: the stream sends it with its newest sample only.
import type { DrillRun } from "../api/types";

/** `known` brought up to `news`; a run of another id replaces it. */
export function merged(known: DrillRun | null, news: DrillRun): DrillRun {
  if (known === null || known.id !== news.id) return news;
  const last = known.samples.at(-1)?.at_seconds ?? -1;
  const samples = [...known.samples, ...news.samples.filter((sample) => sample.at_seconds > last)];
  return { ...news, samples, timeline: news.timeline.length > 0 ? news.timeline : known.timeline };
}

/** Seconds since the run began, at most its duration once it has ended. */
export function elapsed_seconds(run: DrillRun, now_ms: number): number {
  const end = run.ended === null ? now_ms : Date.parse(run.ended);
  return Math.max(0, (end - Date.parse(run.started)) / 1000);
}

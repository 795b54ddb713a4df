// The entries of the activity log that the page knows, oldest first, and what a search leaves of them.
import type { Activity, ActivityKind } from "../api/types";

export const entries_max = 500; // as many as the proxy keeps

/** `log` with `entry` in its place: entries may come twice, after a reconnection, but never out of order. */
export function with_entry(log: readonly Activity[], entry: Activity): readonly Activity[] {
  const last = log.at(-1);
  if (last !== undefined && entry.id <= last.id) return log;
  return [...log, entry].slice(-entries_max);
}

export interface ActivityFilter {
  readonly words: string; // all of them have to occur somewhere
  readonly kinds: ReadonlySet<ActivityKind>; // empty: any
  readonly backend: string; // "": any
}

export const everything: ActivityFilter = { words: "", kinds: new Set(), backend: "" };

export function matches(entry: Activity, filter: ActivityFilter): boolean {
  if (filter.kinds.size > 0 && !filter.kinds.has(entry.kind)) return false;
  if (filter.backend !== "" && entry.backend !== filter.backend) return false;
  const text = `${entry.message} ${entry.detail} ${entry.backend} ${entry.kind} ${entry.level}`.toLowerCase();
  return words_of(filter.words).every((word) => text.includes(word));
}

export function words_of(text: string): string[] {
  return text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
}

/** `text` in pieces, those that a word matches marked. */
export function marked(text: string, words: readonly string[]): { text: string; is_match: boolean }[] {
  const pattern = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  if (pattern === "") return [{ text, is_match: false }];
  return text
    .split(new RegExp(`(${pattern})`, "i"))
    .map((piece, i) => ({ text: piece, is_match: i % 2 === 1 }))
    .filter((piece) => piece.text !== "");
}

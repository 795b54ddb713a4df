// How a run of a drill stands, as a badge.
import type { DrillRun } from "../api/types";
import { h } from "../ui/dom";

const words: Record<DrillRun["state"], [string, string]> = {
  running: ["Running", "calm"],
  passed: ["Passed", "good"],
  failed: ["Failed", "bad"],
  aborted: ["Aborted", "warn"],
};

export function verdict_badge(state: DrillRun["state"]): HTMLElement {
  const [word, tone] = words[state];
  return h("span", { class: "badge", "data-tone": tone }, word);
}

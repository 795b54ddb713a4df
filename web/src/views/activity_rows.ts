// Entries of the activity log as rows, with the words that were searched for marked.
import type { Activity } from "../api/types";
import { marked } from "../state/activity_log";
import { h, Rows } from "../ui/dom";
import { time_of_day } from "../ui/format";

/** `update(entries, words)` shows the entries in their order; `empty` stands there if there are none. */
export function activity_rows(empty: string): {
  root: HTMLElement;
  update(entries: readonly Activity[], words: readonly string[]): void;
} {
  const list = h("ol", { class: "activity" });
  const nothing = h("p", { class: "empty" }, empty);
  const root = h("div", {}, list, nothing);
  let rows = new_rows([]);
  let shown_words = "";

  function new_rows(words: readonly string[]): Rows<Activity> {
    return new Rows<Activity>(
      list,
      ({ id }) => String(id),
      (entry) => ({ root: row(entry, words), update: () => {} }),
    );
  }
  return {
    root,
    update(entries, words) {
      if (words.join(" ") !== shown_words) {
        shown_words = words.join(" ");
        list.replaceChildren();
        rows = new_rows(words);
      }
      rows.update(entries);
      nothing.hidden = entries.length > 0;
    },
  };
}

function row(entry: Activity, words: readonly string[]): HTMLElement {
  const text = (value: string) =>
    marked(value, words).map(({ text, is_match }) => (is_match ? h("mark", {}, text) : text));
  return h(
    "li",
    { "data-level": entry.level, "data-kind": entry.kind },
    h("time", { datetime: entry.time, title: entry.time }, time_of_day(entry.time)),
    h("span", { class: "kind" }, entry.kind),
    h(
      "span",
      { class: "what" },
      h("b", {}, ...text(entry.message)),
      entry.backend !== "" && h("span", { class: "chip" }, ...text(entry.backend)),
      entry.detail !== "" && h("span", { class: "detail" }, ...text(entry.detail)),
    ),
  );
}

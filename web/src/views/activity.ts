// The activity log with search.
import type { ActivityKind } from "../api/types";
import { everything, matches, words_of, type ActivityFilter } from "../state/activity_log";
import type { Model } from "../state/model";
import { h, set_text } from "../ui/dom";
import { icon } from "../ui/icon";
import { activity_rows } from "./activity_rows";

const kinds: ActivityKind[] = [
  "health",
  "ejection",
  "retry",
  "operator",
  "driver",
  "load",
  "drill",
  "config",
  "proxy",
];

export function activity_view(model: Model, lifetime: AbortSignal): HTMLElement {
  let filter: ActivityFilter = everything;
  const { root: list, update: update_rows } = activity_rows("No entry matches.");
  const found = h("p", { class: "found", role: "status" });
  const update = () => {
    const log = model.activity.value;
    const entries = log.filter((entry) => matches(entry, filter)).reverse();
    update_rows(entries, words_of(filter.words));
    set_text(
      found,
      entries.length === log.length ? `${log.length} entries` : `${entries.length} of ${log.length} entries`,
    );
  };
  const change = (part: Partial<ActivityFilter>) => {
    filter = { ...filter, ...part };
    update();
  };

  const search = h("input", {
    type: "search",
    id: "search",
    placeholder: "Search",
    "aria-label": "Search",
    input: () => change({ words: search.value }),
  });
  const backend = h("select", { "aria-label": "Backend", change: () => change({ backend: backend.value }) });
  let names = "";
  model.backends.watch((backends) => {
    const now = backends.map(({ name }) => name).join("\n");
    if (now === names && backend.childElementCount > 0) return;
    names = now;
    backend.replaceChildren(
      h("option", { value: "" }, "All backends"),
      ...backends.map(({ name }) => h("option", { value: name, selected: name === filter.backend }, name)),
    );
  }, lifetime);
  const chips = kinds.map((kind) => {
    const chip = h("button", { class: "button chip-button", type: "button", "aria-pressed": "false" }, kind);
    chip.addEventListener("click", () => {
      const chosen = new Set(filter.kinds);
      if (!chosen.delete(kind)) chosen.add(kind);
      chip.setAttribute("aria-pressed", String(chosen.has(kind)));
      change({ kinds: chosen });
    });
    return chip;
  });

  model.activity.watch(update, lifetime);
  return h(
    "section",
    { class: "card", "aria-label": "Activity" },
    h("div", { class: "card-head" }, h("h2", {}, "Activity"), found),
    h(
      "div",
      { class: "filters" },
      h("span", { class: "search" }, icon("search"), search),
      backend,
      h("span", { class: "chips", role: "group", "aria-label": "Kinds" }, ...chips),
    ),
    list,
  );
}

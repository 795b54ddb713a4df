// The first page: how it goes, each backend, where the traffic goes, what one can try, and what happened last.
import type { Model } from "../state/model";
import { Chart } from "../ui/chart";
import { h } from "../ui/dom";
import { short } from "../ui/format";
import { backend_tint } from "../ui/tint";
import { activity_rows } from "./activity_rows";
import { backend_list } from "./backends";
import { exercise } from "./exercise";
import { figures } from "./figures";

const latest_max = 7;

export function overview(model: Model, lifetime: AbortSignal): HTMLElement {
  return h(
    "div",
    { class: "stack" },
    figures(model, lifetime),
    h(
      "section",
      { class: "card", "aria-labelledby": "backends" },
      h("h2", { id: "backends" }, "Backends"),
      backend_list(model, lifetime),
    ),
    h(
      "div",
      { class: "two" },
      h("section", { class: "card", "aria-label": "Traffic" }, traffic(model, lifetime)),
      exercise(model, lifetime),
    ),
    h(
      "section",
      { class: "card", "aria-labelledby": "latest" },
      h(
        "div",
        { class: "card-head" },
        h("h2", { id: "latest" }, "Latest activity"),
        h("a", { href: "#/activity" }, "All activity"),
      ),
      latest(model, lifetime),
    ),
  );
}

function traffic(model: Model, lifetime: AbortSignal): HTMLElement {
  const chart = new Chart(
    {
      title: "Requests a second by backend",
      form: "stacked",
      height: 318,
      seconds: 900,
      format: short,
      tint: (label, index) => backend_tint(model.backends.value.map(({ name }) => name))(label, index),
    },
    lifetime,
  );
  model.series.watch(
    ({ times, lines }) => chart.update(times, lines.get("backend_requests") ?? []),
    lifetime,
  );
  return chart.root;
}

function latest(model: Model, lifetime: AbortSignal): HTMLElement {
  const { root, update } = activity_rows("Nothing has happened yet.");
  model.activity.watch((log) => update(log.slice(-latest_max).reverse(), []), lifetime);
  return root;
}

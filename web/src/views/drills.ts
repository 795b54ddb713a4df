// The drills: which there are, the run under way or chosen, and those of the past.
import type { Drills, DrillRun } from "../api/types";
import type { Model } from "../state/model";
import { h, set_attribute } from "../ui/dom";
import { plural, span, time_of_day } from "../ui/format";
import { drill_panel } from "./drill_panel";
import { verdict_badge } from "./verdict";

export function drills_view(model: Model, lifetime: AbortSignal): HTMLElement {
  const offered = h("div", { class: "drill-list" });
  const past = h("ol", { class: "runs" });
  const nothing = h("p", { class: "empty" }, "No drill has been run yet.");
  const none_offered = h("p", { class: "empty" }, "There is none.");
  const panel = drill_panel(model, lifetime);
  let known: Drills = { drills: [], runs: [] };

  const refresh = async () => {
    try {
      known = await model.client.get<Drills>("/api/drills", lifetime);
    } catch {
      return; // the header says that the connection is lost
    }
    offered.replaceChildren(...known.drills.map((drill) => offer(drill, model)));
    past.replaceChildren(...known.runs.map((run) => past_run(run, model)));
    nothing.hidden = known.runs.length > 0;
    none_offered.hidden = known.drills.length > 0;
    const latest = known.runs[0];
    if (model.run.value === null && latest !== undefined) void model.show_run(latest.id);
    mark();
  };
  const mark = () => {
    const run = model.run.value;
    const is_running = run?.state === "running" || known.runs[0]?.state === "running";
    offered
      .querySelectorAll("button")
      .forEach((button) => set_attribute(button, "aria-disabled", is_running ? "true" : null));
    past.querySelectorAll("button").forEach((button) => {
      set_attribute(button, "aria-pressed", String(button.dataset["run"] === String(run?.id)));
    });
  };

  let last = "";
  model.run.watch((run) => {
    // A run that began or ended, here or from a shell, changes the list.
    const now = run === null ? "" : `${run.id} ${run.state}`;
    if (now !== last) void refresh();
    last = now;
    mark();
  }, lifetime);
  void refresh();

  return h(
    "div",
    { class: "drills" },
    h(
      "div",
      { class: "stack" },
      h(
        "section",
        { class: "card", "aria-labelledby": "offered" },
        h("h2", { id: "offered" }, "Drills"),
        offered,
        none_offered,
      ),
      h(
        "section",
        { class: "card", "aria-labelledby": "past" },
        h("h2", { id: "past" }, "Runs"),
        past,
        nothing,
      ),
    ),
    panel,
  );
}

function offer(drill: Drills["drills"][number], model: Model): HTMLElement {
  const start = h("button", { class: "button", type: "button", "aria-label": `Run ${drill.title}` }, "Run");
  start.addEventListener("click", () => {
    if (start.getAttribute("aria-disabled") === null) void model.start_drill(drill.name);
  });
  return h(
    "div",
    { class: "try" },
    h(
      "div",
      {},
      h("h3", {}, drill.title),
      h("p", {}, drill.description),
      h("p", { class: "fine" }, `At most ${span(drill.duration_seconds)}`),
    ),
    start,
  );
}

function past_run(run: DrillRun, model: Model): HTMLElement {
  const { failed, sent } = run.requests;
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", "data-run": run.id, click: () => void model.show_run(run.id) },
      verdict_badge(run.state),
      h("span", {}, h("b", {}, run.title), ` ${time_of_day(run.started)}`),
      h("span", { class: "fine" }, `${plural(failed, "failure")} of ${plural(sent, "request")}`),
    ),
  );
}

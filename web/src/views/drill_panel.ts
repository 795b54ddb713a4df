// One run of a drill: its verdict, steps and checks, requests over its time, and what the log had to say.
import type { DrillRun } from "../api/types";
import { elapsed_seconds } from "../state/drill_run";
import type { Model } from "../state/model";
import { Chart } from "../ui/chart";
import { h, set_attribute, set_text } from "../ui/dom";
import { clock, count, short, span } from "../ui/format";
import { icon, type IconName } from "../ui/icon";
import { backend_tint } from "../ui/tint";
import { activity_rows } from "./activity_rows";
import { verdict_badge } from "./verdict";

export function drill_panel(model: Model, lifetime: AbortSignal): HTMLElement {
  const title = h("h2", { id: "run-title" });
  const badge = h("span");
  const verdict = h("p", { class: "verdict", role: "status" });
  const progress = h("progress", { "aria-label": "Progress" });
  const time = h("span", { class: "fine" });
  const clockwork = h("div", { class: "progress" }, progress, time);
  const figures = h("dl", { class: "facts" });
  const links = h("span", { class: "links" });
  const stop = h(
    "button",
    { class: "button", type: "button", click: () => void model.stop_drill() },
    "Stop the drill",
  );
  const steps = h("ol", { class: "steps" });
  const checks = h("ul", { class: "steps" });
  const timeline = activity_rows("Nothing was logged.");
  const history = h("div", {}, h("h3", {}, "Timeline"), timeline.root);
  const chart = new Chart(
    {
      title: "Requests a second by backend",
      form: "stacked",
      height: 200,
      seconds: null,
      format: short,
      time: clock,
      tint: (label, index) =>
        label === "failed" ? "bad" : backend_tint(model.backends.value.map(({ name }) => name))(label, index),
    },
    lifetime,
  );
  const root = h(
    "section",
    { class: "card run", "aria-labelledby": "run-title", hidden: true },
    h("div", { class: "card-head" }, title, badge, h("span", { class: "space" }), links, stop),
    verdict,
    clockwork,
    figures,
    h(
      "div",
      { class: "two even" },
      h("div", {}, h("h3", {}, "Steps"), steps),
      h("div", {}, h("h3", {}, "Has to hold"), checks),
    ),
    chart.root,
    history,
  );

  const tick = () => {
    const run = model.run.value;
    if (run === null) return;
    const elapsed = elapsed_seconds(run, Date.now());
    progress.max = run.duration_seconds;
    progress.value = Math.min(elapsed, run.duration_seconds);
    set_text(time, `${clock(elapsed)} of at most ${clock(run.duration_seconds)}`);
  };
  const show = (run: DrillRun | null) => {
    root.hidden = run === null;
    if (run === null) return;
    const is_running = run.state === "running";
    set_text(title, run.title);
    badge.replaceChildren(verdict_badge(run.state));
    set_text(verdict, run.verdict);
    verdict.hidden = run.verdict === "";
    clockwork.hidden = !is_running;
    stop.hidden = !is_running;
    set_attribute(root, "data-state", run.state);
    links.replaceChildren(
      ...(is_running
        ? []
        : [link("Report", `/api/drills/report?id=${run.id}`), link("JSON", `/api/drills/run?id=${run.id}`)]),
    );
    const { sent, succeeded, failed } = run.requests;
    figures.replaceChildren(
      fact("Requests", count(sent)),
      fact("Succeeded", count(succeeded)),
      fact("Failed", count(failed), failed > 0),
      ...(is_running ? [] : [fact("Took", span(elapsed_seconds(run, Date.now())))]),
    );
    steps.replaceChildren(...run.steps.map((step) => item(step.state, step.text, clock(step.at_seconds))));
    checks.replaceChildren(...run.checks.map((check) => item(check.state, check.text, "")));
    chart.update(
      run.samples.map((sample) => sample.at_seconds),
      lines_of(run),
    );
    chart.root.hidden = run.samples.length === 0;
    history.hidden = is_running;
    timeline.update(run.timeline, []);
    tick();
  };
  model.run.watch(show, lifetime);
  const timer = setInterval(tick, 500);
  lifetime.addEventListener("abort", () => clearInterval(timer));
  return root;
}

function lines_of(run: DrillRun): { label: string; values: number[] }[] {
  const names = [...new Set(run.samples.flatMap((sample) => Object.keys(sample.backends)))].sort();
  const lines = names.map((name) => ({
    label: name,
    values: run.samples.map((sample) => sample.backends[name] ?? 0),
  }));
  if (run.requests.failed === 0) return lines; // a red line on top would look like one that fails
  return [...lines, { label: "failed", values: run.samples.map((sample) => sample.failed) }];
}

function link(text: string, href: string): HTMLElement {
  return h("a", { href, target: "_blank" }, text, icon("out"));
}

function fact(title: string, value: string, is_bad = false): HTMLElement {
  return h("div", { "data-tone": is_bad ? "bad" : null }, h("dt", {}, title), h("dd", {}, value));
}

type ItemState = DrillRun["steps"][number]["state"] | DrillRun["checks"][number]["state"];

const marks: Record<ItemState, IconName> = {
  waiting: "dot",
  done: "check",
  holds: "check",
  failed: "cross",
  broken: "cross",
  skipped: "skip",
};

function item(state: ItemState, text: string, at: string): HTMLElement {
  return h(
    "li",
    { "data-state": state },
    icon(marks[state]),
    h("span", {}, text, h("span", { class: "unseen" }, ` (${state})`)),
    at !== "" && h("time", {}, at),
  );
}

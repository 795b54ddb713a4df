// Breaking things on purpose: a load of one's own, a crash, and the way to the drills.
import type { Load } from "../api/types";
import type { Model } from "../state/model";
import { ask } from "../ui/ask";
import { h, set_attribute, set_text } from "../ui/dom";
import { count, span } from "../ui/format";

const rates = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
const rate_max = 1000;

export function exercise(model: Model, lifetime: AbortSignal): HTMLElement {
  return h(
    "section",
    { class: "card exercise", "aria-labelledby": "exercise" },
    h("h2", { id: "exercise" }, "Try it out"),
    load_control(model, lifetime),
    h("hr"),
    crash_control(model),
    h("hr"),
    h(
      "div",
      { class: "try" },
      h(
        "div",
        {},
        h("h3", {}, "Drill"),
        h("p", {}, "A fault with a plan: what breaks, what has to hold, and a verdict."),
      ),
      h("a", { class: "button", href: "#/drills" }, "Drills"),
    ),
  );
}

function load_control(model: Model, lifetime: AbortSignal): HTMLElement {
  const slider = h("input", {
    type: "range",
    min: 0,
    max: rates.length - 1,
    step: 1,
    "aria-label": "Load, coarse",
  });
  const field = h("input", {
    type: "number",
    id: "rate",
    min: 1,
    max: rate_max,
    required: true,
    inputmode: "numeric",
  });
  const button = h("button", { class: "button" });
  const story = h("p", { class: "load-story" });
  const rate = () => Math.min(rate_max, Math.max(1, Math.round(field.valueAsNumber || 50)));
  let load: Load | null = null;

  const show_rate = (value: number) => {
    field.valueAsNumber = value;
    const nearest = rates.findIndex((step) => step >= value);
    slider.valueAsNumber = nearest < 0 ? rates.length - 1 : nearest;
    slider.setAttribute("aria-valuetext", `${value} requests a second`);
  };
  const change = () => {
    show_rate(rate());
    if (load?.running === true && load.rate !== rate()) void model.start_load(rate());
  };
  slider.addEventListener("input", () => show_rate(rates[slider.valueAsNumber] ?? 50));
  slider.addEventListener("change", change);
  field.addEventListener("change", change);

  const form = h(
    "form",
    { class: "load" },
    h("h3", {}, "Load"),
    h("div", { class: "rate" }, slider, field, h("label", { for: "rate" }, "requests/s")),
    h("div", { class: "try" }, story, button),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (load?.running === true) void model.stop_load();
    else void model.start_load(rate());
  });

  show_rate(50);
  let known_rate = 50;
  model.status.watch((status) => {
    load = status?.load ?? null;
    // Somebody else may change it, too; what is being typed here is left alone.
    if (load !== null && load.running && load.rate !== known_rate && document.activeElement !== field) {
      show_rate((known_rate = load.rate));
    }
    set_text(button, load?.running === true ? "Stop load" : "Start load");
    set_attribute(form, "data-running", load?.running === true);
    set_text(story, told(load));
  }, lifetime);
  return form;
}

function told(load: Load | null): string {
  if (load === null || (load.sent === 0 && !load.running))
    return "Requests over HTTP/3 to the proxy's own listener.";
  const result = `${count(load.sent)} sent, ${count(load.failed)} failed`;
  if (!load.running) return `${result}.`;
  const left = load.ends === null ? "" : `, ${span((Date.parse(load.ends) - Date.now()) / 1000)} left`;
  return `${result}${left}.`;
}

function crash_control(model: Model): HTMLElement {
  const button = h("button", { class: "button", type: "button" }, "Crash a backend");
  button.addEventListener("click", () =>
    ask(button, "Stop one at random?", "Crash", () => void model.crash()),
  );
  return h(
    "div",
    { class: "try" },
    h(
      "div",
      {},
      h("h3", {}, "Crash"),
      h("p", {}, "Stops a healthy backend chosen at random, with requests under way."),
    ),
    button,
  );
}

// What is in force: the level of the log, the routes in their order, the whole configuration.
import type { LogLevel, Routes } from "../api/types";
import type { Model } from "../state/model";
import { h } from "../ui/dom";

const levels: LogLevel[] = ["error", "warn", "info", "debug", "trace"];

export function configuration_view(model: Model, lifetime: AbortSignal): HTMLElement {
  const routes = h("tbody");
  const text = h("code");
  const fetch_all = async () => {
    try {
      const answer = await model.client.get<Routes>("/routes", lifetime);
      routes.replaceChildren(...answer.routes.map(route_row));
      text.textContent = await model.client.text("/config_dump", lifetime);
    } catch {
      // The header says that the connection is lost.
    }
  };
  void fetch_all();
  return h(
    "div",
    { class: "stack" },
    h(
      "section",
      { class: "card", "aria-labelledby": "routes" },
      h("h2", { id: "routes" }, "Routes"),
      h(
        "div",
        { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of routes" },
        h(
          "table",
          {},
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              ...["Route", "Host", "Path", "Methods", "To", "Balancing"].map((title) =>
                h("th", { scope: "col" }, title),
              ),
            ),
          ),
          routes,
        ),
      ),
    ),
    h(
      "section",
      { class: "card", "aria-labelledby": "log" },
      h("h2", { id: "log" }, "Log"),
      level_choice(model, lifetime),
    ),
    h(
      "section",
      { class: "card", "aria-labelledby": "file" },
      h(
        "div",
        { class: "card-head" },
        h("h2", { id: "file" }, "Configuration"),
        h("p", { class: "found" }, "with every default filled in, secrets left out"),
      ),
      h("pre", { tabindex: 0, role: "region", "aria-label": "Text of the configuration" }, text),
    ),
  );
}

function route_row(route: Routes["routes"][number]): HTMLElement {
  const cells = [
    route.name,
    route.host || "any",
    route.path || "any",
    route.methods.join(", ") || "any",
    route.redirect === null ? route.backends.join(", ") : `redirect to ${route.redirect}`,
    route.redirect === null ? route.algorithm.replaceAll("_", " ") : "",
  ];
  return h("tr", {}, ...cells.map((cell) => h("td", {}, cell)));
}

function level_choice(model: Model, lifetime: AbortSignal): HTMLElement {
  const choices = levels.map((level) => {
    const choice = h("button", { class: "button", type: "button" }, level);
    choice.addEventListener("click", () => void model.set_log_level(level));
    return choice;
  });
  model.status.watch((status) => {
    choices.forEach((choice, i) =>
      choice.setAttribute("aria-pressed", String(levels[i] === status?.log_level)),
    );
  }, lifetime);
  return h(
    "div",
    { class: "try" },
    h("p", {}, "What is written from now on; the next reload goes back to the file's level."),
    h("span", { class: "segments", role: "group", "aria-label": "Level" }, ...choices),
  );
}

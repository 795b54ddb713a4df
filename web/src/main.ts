// Puts the page together: what is always there, and the view that the address names.
import { Model } from "./state/model";
import { h } from "./ui/dom";
import { follow_theme } from "./ui/theme";
import { access_bar } from "./views/access";
import { activity_view } from "./views/activity";
import { charts_view } from "./views/charts";
import { configuration_view } from "./views/configuration";
import { connections_view } from "./views/connections";
import { drills_view } from "./views/drills";
import { header } from "./views/header";
import { notices } from "./views/notices";
import { overview } from "./views/overview";

export interface View {
  readonly title: string;
  /** Its elements, kept up to date until `lifetime` ends. */
  readonly make: (model: Model, lifetime: AbortSignal) => HTMLElement;
}

const views: Record<string, View> = {
  "": { title: "Overview", make: overview },
  charts: { title: "Charts", make: charts_view },
  connections: { title: "Connections", make: connections_view },
  drills: { title: "Drills", make: drills_view },
  activity: { title: "Activity", make: activity_view },
  configuration: { title: "Configuration", make: configuration_view },
};

const page = new AbortController().signal; // the page lives until it is left
const model = new Model();
const main = h("main", { id: "main", tabindex: -1 });
let shown = new AbortController();

function place(): string {
  const name = location.hash.replace(/^#\/?/, "");
  return name in views ? name : "";
}

function show(): void {
  shown.abort();
  shown = new AbortController();
  const name = place();
  const view = views[name]!;
  main.replaceChildren(h("h1", { class: "unseen" }, view.title), view.make(model, shown.signal));
  for (const link of document.querySelectorAll<HTMLAnchorElement>("nav a")) {
    const is_here = link.hash === `#/${name}`;
    link.toggleAttribute("aria-current", is_here);
    if (is_here) link.setAttribute("aria-current", "page");
  }
}

follow_theme(page);
document.body.replaceChildren(
  h(
    "a",
    { class: "skip", href: "#main", click: (event) => (event.preventDefault(), main.focus()) },
    "Skip to content",
  ),
  header(
    model,
    Object.entries(views).map(([name, { title }]) => ({ name, title })),
    page,
  ),
  access_bar(model, page),
  main,
  notices(model, page),
);
window.addEventListener("hashchange", () => {
  show();
  window.scrollTo(0, 0);
  main.focus({ preventScroll: true });
});
show();
model.start();

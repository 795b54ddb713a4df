// What is always in sight: the state of the proxy, whether what is shown is live, and the way to everything else.
import type { Link } from "../api/event_stream";
import type { Status } from "../api/types";
import type { Model } from "../state/model";
import { h, set_attribute, set_text } from "../ui/dom";
import { plural } from "../ui/format";
import { icon } from "../ui/icon";
import { theme, toggle_theme } from "../ui/theme";

export function header(
  model: Model,
  places: { name: string; title: string }[],
  lifetime: AbortSignal,
): HTMLElement {
  return h(
    "header",
    { class: "top" },
    h(
      "div",
      { class: "bar" },
      h(
        "a",
        { class: "brand", href: "#/" },
        h("img", { src: "/control/icon.svg", alt: "", width: 24, height: 24 }),
        brand(model, lifetime),
      ),
      state_pill(model, lifetime),
      h("span", { class: "space" }),
      outer_links(model, lifetime),
      live_mark(model, lifetime),
      theme_button(lifetime),
    ),
    h(
      "nav",
      { "aria-label": "Pages" },
      ...places.map(({ name, title }) => h("a", { href: `#/${name}` }, title)),
    ),
  );
}

function brand(model: Model, lifetime: AbortSignal): HTMLElement {
  const name = h("span", {}, "quic-proxy");
  model.status.watch((status) => status !== null && set_text(name, status.name), lifetime);
  return name;
}

function state_pill(model: Model, lifetime: AbortSignal): HTMLElement {
  const pill = h("span", { class: "pill", role: "status", hidden: true });
  model.status.watch((status) => {
    if (status === null) return;
    const { word, more, tone } = described(status);
    pill.hidden = false;
    if (pill.textContent !== word + more)
      pill.replaceChildren(word, ...(more === "" ? [] : [h("small", {}, more)]));
    set_attribute(pill, "data-tone", tone);
    document.title = `${word} · ${status.name}`;
  }, lifetime);
  return pill;
}

function described(status: Status): { word: string; more: string; tone: string } {
  if (status.ending) return { word: "Ending", more: "", tone: "calm" };
  if (status.state === "healthy") return { word: "Healthy", more: "", tone: "good" };
  const down = status.total_backends - status.healthy_backends;
  if (status.state === "degraded")
    return { word: "Degraded", more: `${plural(down, "backend")} down`, tone: "warn" };
  return { word: "Unhealthy", more: "no backend is up", tone: "bad" };
}

function outer_links(model: Model, lifetime: AbortSignal): HTMLElement {
  const list = h("span", { class: "links" });
  let shown = "";
  model.status.watch((status) => {
    const links = status?.links ?? [];
    const text = JSON.stringify(links);
    if (text === shown) return;
    shown = text;
    list.replaceChildren(
      ...links.map(({ name, url }) =>
        h("a", { href: url, target: "_blank", rel: "noreferrer" }, name, icon("out")),
      ),
    );
  }, lifetime);
  return list;
}

function live_mark(model: Model, lifetime: AbortSignal): HTMLElement {
  const text = h("span");
  const mark = h("span", { class: "live", role: "status" }, h("i"), text);
  const tell = (link: Link) => {
    set_attribute(mark, "data-phase", link.phase);
    set_attribute(mark, "title", link.phase === "lost" || link.phase === "refused" ? link.why : null);
    document.body.dataset["link"] = link.phase;
    set_text(text, words(link));
  };
  model.link.watch(tell, lifetime);
  return mark;
}

function words(link: Link): string {
  switch (link.phase) {
    case "live":
      return "Live";
    case "connecting":
      return "Connecting…";
    case "lost":
      return "Connection lost, trying again";
    case "refused":
      return "No access";
  }
}

function theme_button(lifetime: AbortSignal): HTMLElement {
  const button = h("button", { class: "button bare", type: "button", click: toggle_theme });
  theme.watch((value) => {
    button.replaceChildren(icon(value === "dark" ? "sun" : "moon"));
    button.setAttribute("aria-label", value === "dark" ? "Light colours" : "Dark colours");
  }, lifetime);
  return button;
}

// One row a backend: how it is, what it takes of the traffic, and what can be done with it.
import type { Backend, BackendAction } from "../api/types";
import { mood_of, offers_of, shares_of, type Offer } from "../state/backend_view";
import type { Model } from "../state/model";
import { ask } from "../ui/ask";
import { h, Rows, set_attribute, set_text, type Row } from "../ui/dom";
import { count, milliseconds, share, short, span } from "../ui/format";
import { backend_tint } from "../ui/tint";

interface Shown {
  readonly backend: Backend;
  readonly asked: BackendAction | undefined;
  readonly share: number;
  readonly tint: string;
}

export function backend_list(model: Model, lifetime: AbortSignal): HTMLElement {
  const root = h("div", { class: "backends", role: "list" });
  const rows = new Rows<Shown>(
    root,
    ({ backend }) => backend.name,
    ({ backend }) => row(model, backend.name),
  );
  const update = () => {
    const backends = model.backends.value;
    const shares = shares_of(backends);
    const tint = backend_tint(backends.map(({ name }) => name));
    rows.update(
      backends.map((backend, i) => ({
        backend,
        asked: model.asked.value.get(backend.name),
        share: shares.get(backend.name) ?? 0,
        tint: tint(backend.name, i),
      })),
    );
  };
  model.backends.watch(update, lifetime);
  model.asked.watch(update, lifetime);
  return root;
}

function row(model: Model, name: string): Row<Shown> {
  const badge = h("span", { class: "badge" });
  const url = h("span", { class: "address" });
  const story = h("p", { class: "story" });
  const bar = h("i");
  const part = h("span", { class: "part" });
  const numbers = measures();
  const buttons = [0, 1, 2].map(() => h("button", { class: "button", type: "button" }));
  let offers: readonly Offer[] = [];
  buttons.forEach((button, i) =>
    button.addEventListener("click", () => {
      const offer = offers[i];
      if (offer === undefined || !offer.is_possible) return;
      const act = () => void model.order(name, offer.action);
      if (offer.question === "") act();
      else ask(button, offer.question, offer.label, act);
    }),
  );
  const root = h(
    "div",
    { class: "backend", role: "listitem", "data-backend": name },
    h("div", { class: "who" }, h("h3", {}, name), badge, url, story),
    h("div", { class: "share", title: "Share of the requests" }, h("div", { class: "track" }, bar), part),
    numbers.root,
    h("div", { class: "actions" }, ...buttons),
  );
  const update = ({ backend, asked, share: percent, tint }: Shown) => {
    const mood = mood_of(backend, asked);
    set_text(badge, mood.word);
    set_attribute(badge, "data-tone", mood.tone);
    set_attribute(root, "aria-busy", mood.is_busy ? "true" : null);
    set_attribute(root, "data-state", backend.state);
    set_text(url, backend.weight === 1 ? backend.url : `${backend.url} · weight ${backend.weight}`);
    set_text(story, story_of(backend));
    bar.style.width = `${percent}%`;
    bar.style.backgroundColor = `var(--${tint})`;
    set_text(part, share(percent));
    numbers.update(backend);
    offers = offers_of(backend, asked);
    buttons.forEach((button, i) => {
      const offer = offers[i]!;
      set_text(button, offer.label);
      set_attribute(button, "aria-label", `${offer.label} ${name}`);
      set_attribute(button, "aria-disabled", offer.is_possible ? null : "true");
    });
  };
  return { root, update };
}

function story_of(backend: Backend): string {
  const since = `for ${span((Date.now() - Date.parse(backend.since)) / 1000)}`;
  return backend.reason === "" ? since : `${since}: ${backend.reason}`;
}

function measures(): { root: HTMLElement; update(backend: Backend): void } {
  const cells: [string, (backend: Backend) => string][] = [
    ["Requests/s", (backend) => short(backend.requests_per_second)],
    ["p95", (backend) => milliseconds(backend.latency.p95_ms)],
    ["Active", (backend) => short(backend.requests_active)],
    ["Connections", (backend) => short(backend.connections)],
    ["Failures", (backend) => count(backend.failures_total)],
  ];
  const values = cells.map(() => h("dd"));
  const root = h(
    "dl",
    { class: "measures" },
    ...cells.map(([title], i) => h("div", {}, h("dt", {}, title), values[i]!)),
  );
  return { root, update: (backend) => cells.forEach(([, text], i) => set_text(values[i]!, text(backend))) };
}

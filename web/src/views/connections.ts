// Who is connected, and how the way there is: asked for while the page is looked at.
import { Refusal } from "../api/client";
import type { Connection, Connections, Protocol } from "../api/types";
import type { Model } from "../state/model";
import { by_column, coverage, summary, type Column, type Sorting } from "../state/connection_table";
import { h, Rows, set_attribute, set_text, type Row } from "../ui/dom";
import { bytes, count, milliseconds, percent, short, span, unknown } from "../ui/format";

const refresh_ms = 2_000;

const wires: Record<Protocol, string> = { h3: "HTTP/3", h2: "HTTP/2", h1: "HTTP/1.1" };

interface Shape {
  readonly column: Column;
  readonly title: string;
  readonly text: (connection: Connection) => string;
  readonly is_number: boolean;
}

const shapes: readonly Shape[] = [
  { column: "peer", title: "Client", text: (c) => c.peer, is_number: false },
  { column: "protocol", title: "Protocol", text: (c) => wires[c.protocol], is_number: false },
  { column: "version", title: "Transport", text: (c) => c.version, is_number: false },
  { column: "age_seconds", title: "Age", text: (c) => span(c.age_seconds), is_number: true },
  { column: "streams", title: "Streams", text: (c) => count(c.streams), is_number: true },
  { column: "requests_total", title: "Requests", text: (c) => short(c.requests_total), is_number: true },
  { column: "rtt_ms", title: "RTT", text: (c) => milliseconds(c.rtt_ms), is_number: true },
  { column: "loss_percent", title: "Loss", text: (c) => percent(c.loss_percent), is_number: true },
  { column: "cwnd_bytes", title: "Window", text: (c) => bytes(c.cwnd_bytes), is_number: true },
  {
    column: "migrations",
    title: "Moves",
    text: (c) => (c.migrations === null ? unknown : count(c.migrations)),
    is_number: true,
  },
];

export function connections_view(model: Model, lifetime: AbortSignal): HTMLElement {
  let protocol: Protocol | "" = "";
  let sorting: Sorting = { column: "age_seconds", direction: "up" };
  let answer: Connections | null = null;

  const body = h("tbody");
  const rows = new Rows<Connection>(
    body,
    ({ id }) => id,
    () => row(),
  );
  const found = h("p", { class: "found", role: "status" });
  const facts = h("dl", { class: "facts" });
  const nothing = h("p", { class: "empty", hidden: true });
  const headings = shapes.map((shape) => heading(shape, (column) => sort(column)));

  const update = () => {
    if (answer === null) return;
    set_text(nothing, "Nobody is connected.");
    rows.update(by_column(answer.connections, sorting));
    nothing.hidden = answer.connections.length > 0;
    set_text(found, coverage(answer));
    const { quic, rtt_ms, loss_percent, versions } = summary(answer.connections);
    facts.replaceChildren(
      ...fact("QUIC connections listed", count(quic)),
      ...fact("Median RTT", milliseconds(rtt_ms)),
      ...fact("Mean loss", percent(loss_percent)),
      ...fact("Versions", versions || unknown),
    );
    shapes.forEach(({ column }, i) => {
      const is_sorted = column === sorting.column;
      set_attribute(
        headings[i]!,
        "aria-sort",
        is_sorted ? (sorting.direction === "up" ? "ascending" : "descending") : null,
      );
    });
  };
  const sort = (column: Column) => {
    const flips = sorting.column === column && sorting.direction === "up";
    sorting = { column, direction: flips ? "down" : "up" };
    update();
  };
  const refresh = async () => {
    try {
      answer = await model.client.get(
        `/connections?limit=1000${protocol && `&protocol=${protocol}`}`,
        lifetime,
      );
      update();
    } catch (error) {
      // The last answer stays: where there is no connection, the header says so.
      if (error instanceof Refusal && error.status >= 400) {
        set_text(nothing, error.message);
        nothing.hidden = false;
      }
    }
  };
  const choices = (["", "h3", "h2", "h1"] as const).map((value) => {
    const choice = h("button", { class: "button", type: "button" }, value === "" ? "All" : wires[value]);
    choice.addEventListener("click", () => {
      protocol = value;
      mark();
      void refresh();
    });
    return { value, choice };
  });
  const mark = () =>
    choices.forEach(({ value, choice }) => choice.setAttribute("aria-pressed", String(value === protocol)));

  mark();
  void refresh();
  const timer = setInterval(() => document.visibilityState === "visible" && void refresh(), refresh_ms);
  lifetime.addEventListener("abort", () => clearInterval(timer));
  return h(
    "section",
    { class: "card", "aria-label": "Connections" },
    h("div", { class: "card-head" }, h("h2", {}, "Connections"), found),
    h(
      "div",
      { class: "filters" },
      h(
        "span",
        { class: "segments", role: "group", "aria-label": "Protocol" },
        ...choices.map(({ choice }) => choice),
      ),
      facts,
    ),
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of connections" },
      h("table", { class: "connections" }, h("thead", {}, h("tr", {}, ...headings)), body),
    ),
    nothing,
  );
}

function heading({ column, title, is_number }: Shape, sort: (column: Column) => void): HTMLElement {
  const button = h("button", { type: "button", click: () => sort(column) }, title);
  return h("th", { scope: "col", class: is_number ? "number" : "" }, button);
}

function row(): Row<Connection> {
  const cells = shapes.map(({ is_number }) => h("td", { class: is_number ? "number" : "" }));
  const root = h("tr", {}, ...cells);
  return {
    root,
    update: (connection) => {
      shapes.forEach(({ text }, i) => set_text(cells[i]!, text(connection)));
      set_attribute(
        cells[0]!,
        "title",
        connection.server_name && `for ${connection.server_name}, worker ${connection.worker}`,
      );
    },
  };
}

function fact(title: string, value: string): HTMLElement[] {
  return [h("div", {}, h("dt", {}, title), h("dd", {}, value))];
}

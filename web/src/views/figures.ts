// Five numbers with their recent past: the first look.
import uPlot from "uplot";
import type { Panel, Status } from "../api/types";
import type { Model } from "../state/model";
import { time_window } from "../state/series_window";
import { h, set_text } from "../ui/dom";
import { count, milliseconds, percent, short, unknown } from "../ui/format";
import { colour, theme } from "../ui/theme";

interface Figure {
  readonly title: string;
  readonly value: (status: Status) => string;
  readonly note: (status: Status) => string;
  readonly panel: Panel;
  readonly label: string | null; // of the line; null: the sum of all
}

const all: readonly Figure[] = [
  {
    title: "Requests a second",
    value: ({ traffic }) => short(traffic.requests_per_second),
    note: ({ traffic }) => `${count(traffic.requests_total)} in all`,
    panel: "backend_requests",
    label: null,
  },
  {
    title: "Success",
    value: ({ traffic }) => percent(traffic.success_percent),
    note: () => "answered below 500",
    panel: "success_percent",
    label: null,
  },
  {
    title: "Latency, p95",
    value: ({ traffic }) => milliseconds(traffic.latency.p95_ms),
    note: ({ traffic: { latency } }) =>
      latency.p50_ms === null
        ? unknown
        : `p50 ${milliseconds(latency.p50_ms)} · p99 ${milliseconds(latency.p99_ms)}`,
    panel: "latency_ms",
    label: "p95",
  },
  {
    title: "Connections",
    value: ({ traffic: { connections } }) => short(connections.h3 + connections.h2 + connections.h1),
    note: ({ traffic: { connections } }) =>
      `${short(connections.h3)} HTTP/3 · ${short(connections.h2 + connections.h1)} TCP`,
    panel: "concurrency",
    label: "h3",
  },
  {
    title: "Under way",
    value: ({ traffic }) => short(traffic.requests_active),
    note: () => "requests now",
    panel: "concurrency",
    label: "requests",
  },
];

export function figures(model: Model, lifetime: AbortSignal): HTMLElement {
  return h("dl", { class: "figures" }, ...all.map((figure) => card(figure, model, lifetime)));
}

function card(figure: Figure, model: Model, lifetime: AbortSignal): HTMLElement {
  const value = h("dd", { class: "value" }, unknown);
  const note = h("dd", { class: "note" }, unknown);
  model.status.watch((status) => {
    if (status === null) return;
    set_text(value, figure.value(status));
    set_text(note, figure.note(status));
  }, lifetime);
  return h(
    "div",
    { class: "figure" },
    h("dt", {}, figure.title),
    value,
    note,
    sparkline(figure, model, lifetime),
  );
}

function sparkline(figure: Figure, model: Model, lifetime: AbortSignal): HTMLElement {
  const host = h("dd", { class: "spark", "aria-hidden": "true" });
  let plot: uPlot | null = null;
  const draw = () => {
    const { times, lines } = model.series.value;
    const chosen = (lines.get(figure.panel) ?? []).filter(
      ({ label }) => figure.label === null || label === figure.label,
    );
    const values = times.map((_, i) => {
      const known = chosen.map((line) => line.values[i] ?? null).filter((value) => value !== null);
      return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
    });
    const width = host.clientWidth;
    if (width === 0) return;
    plot ??= new uPlot(
      settings(width, figure.panel === "success_percent"),
      [times as number[], values],
      host,
    );
    if (plot.width !== width) plot.setSize({ width, height: spark_height });
    plot.setData([times as number[], values]);
  };
  const redraw = () => {
    plot?.destroy();
    plot = null;
    draw();
  };
  const observer = new ResizeObserver(draw);
  observer.observe(host);
  lifetime.addEventListener("abort", () => {
    observer.disconnect();
    plot?.destroy();
  });
  model.series.watch(draw, lifetime);
  theme.watch(redraw, lifetime);
  return host;
}

const spark_height = 36;

function settings(width: number, is_percent: boolean): uPlot.Options {
  return {
    width,
    height: spark_height,
    padding: [3, 0, 1, 0],
    legend: { show: false },
    cursor: { show: false },
    axes: [{ show: false }, { show: false }],
    scales: {
      x: { time: false, range: (_, low, high) => time_window(low, high, 900) },
      y: {
        range: (_, low, high) =>
          is_percent ? [Math.min(low ?? 99, 99), 100.05] : [0, Math.max(high ?? 0, 1) * 1.05],
      },
    },
    series: [
      {},
      { stroke: colour("spark"), fill: colour("spark-fill"), width: 1.5, points: { show: false } },
    ],
  };
}

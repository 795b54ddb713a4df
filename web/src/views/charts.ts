// The ten panels of the dashboard, from the proxy itself: the last 15 minutes.
import type { Panel } from "../api/types";
import type { Model } from "../state/model";
import { Chart, type ChartOptions } from "../ui/chart";
import { h } from "../ui/dom";
import { bytes, count, milliseconds, percent, short, unknown } from "../ui/format";
import { backend_tint, percentile_tint, plain_tint } from "../ui/tint";

type PanelOptions = Pick<ChartOptions, "title" | "form" | "format"> & {
  readonly panel: Panel;
  readonly by: "backend" | "percentile" | "plain";
  readonly unit?: "bytes";
  readonly bottom?: number;
  readonly top?: number;
};

const panels: readonly PanelOptions[] = [
  { panel: "request_rate", title: "Request rate", form: "lines", format: short, by: "backend" },
  {
    panel: "requests_total",
    title: "Total requests",
    form: "lines",
    format: (v) => (v === null ? unknown : v < 1e4 ? count(v) : short(v)),
    by: "plain",
  },
  {
    panel: "success_percent",
    title: "Success rate",
    form: "lines",
    format: percent,
    by: "plain",
    bottom: 90,
    top: 100,
  },
  { panel: "latency_ms", title: "Request latency", form: "lines", format: milliseconds, by: "percentile" },
  {
    panel: "backend_requests",
    title: "Requests a second by backend",
    form: "stacked",
    format: short,
    by: "backend",
  },
  {
    panel: "backend_latency_p95_ms",
    title: "Backend response time, p95",
    form: "lines",
    format: milliseconds,
    by: "backend",
  },
  {
    panel: "transfer_bytes_per_second",
    title: "Bodies, bytes a second",
    form: "lines",
    format: bytes,
    unit: "bytes",
    by: "plain",
  },
  {
    panel: "concurrency",
    title: "Requests under way, connections",
    form: "lines",
    format: short,
    by: "plain",
  },
  { panel: "memory_bytes", title: "Memory", form: "lines", format: bytes, unit: "bytes", by: "plain" },
  { panel: "cpu_percent", title: "CPU, of one core", form: "lines", format: percent, by: "plain" },
];

export function charts_view(model: Model, lifetime: AbortSignal): HTMLElement {
  return h(
    "div",
    { class: "charts" },
    h("h2", { class: "unseen" }, "The last 15 minutes"),
    ...panels.map((options) =>
      h("section", { class: "card", "aria-label": options.title }, panel(options, model, lifetime)),
    ),
  );
}

function panel(options: PanelOptions, model: Model, lifetime: AbortSignal): HTMLElement {
  const tint = (label: string, index: number): string => {
    if (options.by === "percentile") return percentile_tint(label);
    if (options.by === "plain") return plain_tint(label, index);
    return backend_tint(model.backends.value.map(({ name }) => name))(label, index);
  };
  const chart = new Chart({ ...options, height: 180, seconds: 900, tint }, lifetime);
  model.series.watch(({ times, lines }) => chart.update(times, lines.get(options.panel) ?? []), lifetime);
  return chart.root;
}

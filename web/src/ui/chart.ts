// One chart over time, drawn by uPlot: lines or stacked areas, with a legend of plain text that shows the newest
// values, or those under the pointer. All charts of a page share the pointer.
import uPlot from "uplot";
import { stacked, time_window, type Line } from "../state/series_window";
import { set_text, h } from "./dom";
import { unknown } from "./format";
import { colour, theme } from "./theme";

export interface ChartOptions {
  readonly title: string;
  readonly form: "lines" | "stacked";
  readonly height: number;
  readonly seconds: number | null; // the width of the window at most; null: all there is
  readonly format: (value: number | null) => string;
  readonly unit?: "bytes"; // the scale has steps of powers of two
  readonly top?: number; // the scale reaches at least up to it
  readonly bottom?: number; // the scale begins there at the latest; 0 by default
  readonly tint: (label: string, index: number) => string; // name of a colour
  readonly time?: (seconds: number) => string; // along the axis; the time of day by default
}

export class Chart {
  readonly root: HTMLElement;

  private readonly legend = h("ul", { class: "legend" });
  private readonly canvas = h("div", { class: "plot", role: "img" });
  private plot: uPlot | null = null;
  private times: readonly number[] = [];
  private lines: readonly Line[] = [];
  private drawn_labels = "";

  constructor(
    private readonly options: ChartOptions,
    lifetime: AbortSignal,
  ) {
    this.root = h(
      "figure",
      { class: "chart" },
      h("figcaption", {}, h("h3", {}, options.title), this.legend),
      this.canvas,
    );
    const observer = new ResizeObserver(() => this.fit());
    observer.observe(this.canvas);
    lifetime.addEventListener("abort", () => {
      observer.disconnect();
      this.plot?.destroy();
    });
    theme.watch(() => this.rebuild(), lifetime);
  }

  update(times: readonly number[], lines: readonly Line[]): void {
    this.times = times;
    this.lines = lines;
    if (this.plot === null || lines.map((line) => line.label).join("\n") !== this.drawn_labels)
      this.rebuild();
    else this.plot.setData(this.data());
    this.tell(null);
  }

  private fit(): void {
    const width = this.canvas.clientWidth;
    if (width === 0) return;
    if (this.plot === null) this.rebuild();
    else if (this.plot.width !== width) this.plot.setSize({ width, height: this.options.height });
  }

  private rebuild(): void {
    this.plot?.destroy();
    this.plot = null;
    this.drawn_labels = this.lines.map((line) => line.label).join("\n");
    this.legend.replaceChildren(...this.lines.map((line, i) => this.legend_item(line, i)));
    const width = this.canvas.clientWidth;
    if (width > 0) this.plot = new uPlot(this.settings(width), this.data(), this.canvas);
    this.tell(null);
  }

  private legend_item(line: Line, index: number): HTMLElement {
    const swatch = h("span", { class: "swatch" });
    swatch.style.backgroundColor = `var(--${this.options.tint(line.label, index)})`;
    return h("li", {}, swatch, line.label, h("b", {}));
  }

  /** Puts values into the legend: those at `at`, or the newest. */
  private tell(at: number | null): void {
    const values = this.lines.map(({ values }) =>
      this.options.format(values[at ?? values.length - 1] ?? null),
    );
    this.legend.querySelectorAll("b").forEach((node, i) => set_text(node, values[i] ?? unknown));
    if (at === null) {
      const words = this.lines.map((line, i) => `${line.label} ${values[i]}`.trim()).join(", ");
      this.canvas.setAttribute("aria-label", `${this.options.title}: ${words || "no values yet"}`);
    }
  }

  private data(): uPlot.AlignedData {
    const values = this.lines.map((line) => line.values);
    const shown = this.options.form === "stacked" ? stacked(values) : values;
    return [this.times, ...shown] as uPlot.AlignedData;
  }

  private settings(width: number): uPlot.Options {
    const { form, height, seconds, unit, top, bottom, tint, time } = this.options;
    const ink = colour("ink-3");
    const grid = { stroke: colour("line-soft"), width: 1 };
    const axis = {
      stroke: ink,
      grid,
      ticks: { show: false },
      font: `11px ${getComputedStyle(document.body).fontFamily}`,
    };
    return {
      width,
      height,
      legend: { show: false },
      padding: [8, 4, 0, 0],
      cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false }, sync: { key: "time" } },
      scales: {
        x: {
          time: false,
          range: (_, low, high) =>
            seconds === null
              ? [Math.min(0, low ?? 0), Math.max(high ?? 1, 1)]
              : time_window(low, high, seconds),
        },
        y: { range: (_, low, high) => vertical(low, high, bottom ?? 0, top) },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 24,
          space: 64,
          values: (_, splits) => splits.map(time ?? hour_and_minute),
          incrs: time === undefined ? [60, 120, 180, 300] : [5, 10, 15, 30, 60, 120, 300, 600],
        },
        {
          ...axis,
          size: 58,
          gap: 6,
          space: 32,
          values: (_, splits) => splits.map((value) => this.options.format(value)),
          ...(unit === "bytes" ? { incrs: powers_of_two } : {}),
        },
      ],
      series: [
        {},
        ...this.lines.map((line, i) => {
          const stroke = colour(tint(line.label, i));
          const points = { show: false };
          return form === "stacked"
            ? { stroke, width: 1, points, ...(i === 0 ? { fill: `${stroke}cc` } : {}) }
            : { stroke, width: 1.75, points };
        }),
      ],
      bands:
        form === "stacked"
          ? this.lines.slice(1).map((line, i) => ({
              series: [i + 2, i + 1] as uPlot.Band.Bounds,
              fill: `${colour(tint(line.label, i + 1))}cc`,
            }))
          : [],
      hooks: { setCursor: [(plot) => this.tell(plot.cursor.idx ?? null)] },
    };
  }
}

const powers_of_two = Array.from({ length: 50 }, (_, i) => 2 ** i);

function hour_and_minute(seconds: number): string {
  const date = new Date(seconds * 1000);
  return `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
}

/** From `bottom` or below to `top` or above, with a little air above the highest line. */
function vertical(
  low: number | null,
  high: number | null,
  bottom: number,
  top: number | undefined,
): [number, number] {
  const from = Math.min(low ?? bottom, bottom);
  const to = Math.max(high ?? bottom, top ?? bottom);
  return [from, to > from ? to + (to - from) * (top === undefined ? 0.08 : 0.02) : from + 1];
}

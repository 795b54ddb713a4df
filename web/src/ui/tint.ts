// Colours that mean a thing and keep to it: a backend has the same one in its row and in every chart.

const hues = 8;

/** By the backend's place in the configuration. */
export function backend_tint(names: readonly string[]): (label: string, index: number) => string {
  return (label, index) => {
    const name = label.split(" ").at(-1) ?? label; // "GET backend1"
    const place = names.indexOf(name);
    return `hue-${((place < 0 ? index : place) % hues) + 1}`;
  };
}

/** One colour in three strengths for p50, p95 and p99. */
export function percentile_tint(label: string): string {
  return label === "p50" ? "depth-1" : label === "p95" ? "depth-2" : "depth-3";
}

export function plain_tint(_: string, index: number): string {
  return `hue-${(index % hues) + 1}`;
}

// Numbers and times as people read them. An unknown value is a dash; rounding never makes something look better than it
// is: 99.996 % is not 100 %.

export const unknown = "–";

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export function count(value: number): string {
  return grouped.format(value);
}

/** Three digits that count: 0.42, 7.5, 320, 4.82k, 1.21M. */
export function short(value: number | null): string {
  if (value === null) return unknown;
  if (value >= 999_500) return `${digits(value / 1e6)}M`;
  if (value >= 9_995) return `${digits(value / 1e3)}k`;
  return value >= 1000 ? grouped.format(value) : digits(value);
}

export function milliseconds(value: number | null): string {
  if (value === null) return unknown;
  return value >= 1000 ? `${digits(value / 1000)} s` : `${digits(value)} ms`;
}

export function percent(value: number | null): string {
  if (value === null) return unknown;
  const places = value >= 99 ? 2 : 1;
  const scale = 10 ** places;
  return `${trimmed(Math.floor(value * scale + 1e-6) / scale, places)} %`;
}

/** A part, not a promise: 33 %, 0.4 %. */
export function share(value: number): string {
  return `${value >= 10 || value === 0 ? Math.round(value) : trimmed(value, 1)} %`;
}

export function bytes(value: number | null): string {
  if (value === null) return unknown;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let scaled = value;
  while (scaled >= 1000 && unit < units.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${digits(scaled)} ${units[unit]}`;
}

/** The two largest units: 45 s, 3 min 20 s, 2 h 5 min, 3 d 4 h. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first < 0) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(" ");
}

/** Seconds on a drill's clock: 0:07, 1:20. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Of the day, where the reader is: 12:04:31. */
export function time_of_day(time: string): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
}

/** "backend1, backend2 and 3 more"; "1 request", "2 requests". */
export function plural(amount: number, one: string, many = `${one}s`): string {
  return `${count(amount)} ${amount === 1 ? one : many}`;
}

function digits(value: number): string {
  if (value >= 99.95) return String(Math.round(value));
  return trimmed(value, value >= 9.995 ? 1 : 2);
}

function trimmed(value: number, places: number): string {
  return value.toFixed(places).replace(/\.?0+$/, "");
}

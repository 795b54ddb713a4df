// Order and sums of the table of connections.
import type { Connection, Connections } from "../api/types";
import { count, plural } from "../ui/format";

export type Column = Exclude<keyof Connection, "id" | "server_name" | "worker">;

export interface Sorting {
  readonly column: Column;
  readonly direction: "up" | "down";
}

/** How much of what there is the answer tells. */
export function coverage({ connections, total, workers_silent }: Connections): string {
  const listed = connections.length;
  const all = plural(total, "connection");
  const silent =
    workers_silent > 0 ? `, without ${plural(workers_silent, "worker")} that gave no answer` : "";
  return (listed < total ? `${count(listed)} of ${all}` : all) + silent;
}

/** Unknown values come last, whatever the direction; equal ones keep their order. */
export function by_column(connections: readonly Connection[], { column, direction }: Sorting): Connection[] {
  const sign = direction === "up" ? 1 : -1;
  return [...connections].sort((a, b) => {
    const left = a[column];
    const right = b[column];
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
    if (typeof left === "number" && typeof right === "number") return sign * (left - right);
    return sign * String(left).localeCompare(String(right), "en", { numeric: true });
  });
}

export function summary(connections: readonly Connection[]): {
  quic: number;
  rtt_ms: number | null;
  loss_percent: number | null;
  versions: string;
} {
  const quic = connections.filter(({ protocol }) => protocol === "h3");
  const rtts = known(quic.map(({ rtt_ms }) => rtt_ms)).sort((a, b) => a - b);
  const losses = known(quic.map(({ loss_percent }) => loss_percent));
  return {
    quic: quic.length,
    rtt_ms: rtts[Math.floor((rtts.length - 1) / 2)] ?? null,
    loss_percent: losses.length === 0 ? null : losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
    versions: [...new Set(quic.map(({ version }) => version))].sort().join(", "),
  };
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}

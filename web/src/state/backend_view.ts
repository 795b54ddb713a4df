// What a backend's row says and offers, from what the proxy reports and what the operator has just asked for.
import type { Backend, BackendAction, BackendState } from "../api/types";

/** What the row is about: the reported state, or what is on its way. */
export interface BackendMood {
  readonly word: string;
  readonly tone: "good" | "warn" | "bad" | "calm" | "off";
  readonly is_busy: boolean;
}

const states: Record<BackendState, BackendMood> = {
  healthy: { word: "Healthy", tone: "good", is_busy: false },
  unhealthy: { word: "Unhealthy", tone: "bad", is_busy: false },
  ejected: { word: "Ejected", tone: "warn", is_busy: false },
  draining: { word: "Draining", tone: "calm", is_busy: false },
  stopped: { word: "Stopped", tone: "off", is_busy: false },
};

const doing: Record<BackendAction, string> = {
  stop: "Stopping…",
  start: "Starting…",
  restart: "Restarting…",
  drain: "Draining…",
  undrain: "Resuming…",
};

/** `asked` is an order that the proxy has not answered yet. */
export function mood_of(backend: Backend, asked: BackendAction | undefined): BackendMood {
  const action = asked ?? backend.pending;
  if (action !== null) return { word: doing[action], tone: "calm", is_busy: true };
  return states[backend.state];
}

/** The three buttons of a row, always in the same places. */
export interface Offer {
  readonly action: BackendAction;
  readonly label: string;
  readonly is_possible: boolean;
  readonly question: string; // "": done without asking
}

export function offers_of(
  backend: Backend,
  asked: BackendAction | undefined,
): readonly [Offer, Offer, Offer] {
  const is_free = asked === undefined && backend.pending === null;
  const is_stopped = backend.state === "stopped";
  const is_down = is_stopped || backend.process === "down";
  const start = { action: "start", label: "Start", is_possible: is_free, question: "" } as const;
  return [
    backend.state === "draining"
      ? { action: "undrain", label: "Resume", is_possible: is_free, question: "" }
      : { action: "drain", label: "Drain", is_possible: is_free && !is_stopped, question: "" },
    // One that waits to be started again may be started now, or not at all.
    backend.process === "waiting" && !is_stopped
      ? start
      : {
          action: "restart",
          label: "Restart",
          is_possible: is_free && !is_down,
          question: `Restart ${backend.name}?`,
        },
    is_down
      ? start
      : { action: "stop", label: "Stop", is_possible: is_free, question: `Stop ${backend.name}?` },
  ];
}

/** The part of all requests that each backend takes, by name, in percent. */
export function shares_of(backends: readonly Backend[]): ReadonlyMap<string, number> {
  const total = backends.reduce((sum, backend) => sum + backend.requests_per_second, 0);
  return new Map(
    backends.map((backend) => [backend.name, total > 0 ? (100 * backend.requests_per_second) / total : 0]),
  );
}

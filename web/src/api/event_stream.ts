// The stream of events, for as long as the page lives: opened by fetch, because EventSource can't carry a token; read,
// watched, and opened again after growing pauses when it breaks.
import { Client, Refusal } from "./client";
import { EventParser, type StreamEvent } from "./event_parser";
import type { Cell } from "../state/cell";

/** How the page and the proxy stand; `again_at` is when the next attempt begins, in ms since 1970. */
export type Link =
  | { readonly phase: "connecting" }
  | { readonly phase: "live" }
  | { readonly phase: "lost"; readonly why: string; readonly again_at: number }
  | { readonly phase: "refused"; readonly why: string };

const silence_max_ms = 4_000; // the server says something every second
const pauses_ms = [500, 1_000, 2_000, 4_000];

export class EventStream {
  private readonly parser = new EventParser();
  private attempt: AbortController | null = null;
  private wake: (() => void) | null = null;

  constructor(
    private readonly client: Client,
    private readonly link: Cell<Link>,
    private readonly handle: (event: StreamEvent) => void,
  ) {}

  /** Does not end. */
  async run(): Promise<never> {
    let failures = 0;
    for (;;) {
      try {
        await this.follow(() => (failures = 0));
      } catch (error) {
        const refused = error instanceof Refusal && (error.status === 401 || error.status === 403);
        const why = error instanceof Refusal ? error.message : "The connection to the proxy broke.";
        const pause = pauses_ms[Math.min(failures++, pauses_ms.length - 1)] ?? 0;
        if (refused) this.link.set({ phase: "refused", why });
        else this.link.set({ phase: "lost", why, again_at: Date.now() + pause });
        await this.sleep(refused ? 60_000 : pause);
      }
    }
  }

  /** Tries now, with the client's present token. */
  reconnect(): void {
    this.attempt?.abort();
    this.wake?.();
  }

  /** Returns never but by an error: a stream that ends is a broken one. */
  private async follow(on_first: () => void): Promise<never> {
    const attempt = (this.attempt = new AbortController());
    let watchdog = setTimeout(() => attempt.abort(), silence_max_ms);
    try {
      const headers: Record<string, string> = this.parser.last_id
        ? { "Last-Event-ID": this.parser.last_id }
        : {};
      const response = await this.client.fetch("/api/events", { headers, signal: attempt.signal });
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      this.parser.restart();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) throw new Error("ended");
        clearTimeout(watchdog);
        watchdog = setTimeout(() => attempt.abort(), silence_max_ms);
        for (const event of this.parser.push(value)) this.handle(event);
        if (this.link.value.phase !== "live") this.link.set({ phase: "live" });
        on_first();
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

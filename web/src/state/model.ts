// What the page knows of the proxy, and the orders it can give. Everything comes by the stream of events; only what is
// long, and looked at rarely, is asked for.
import { Client, Refusal } from "../api/client";
import type { StreamEvent } from "../api/event_parser";
import { EventStream, type Link } from "../api/event_stream";
import type {
  Activity,
  Backend,
  BackendAction,
  DrillRun,
  Load,
  LogLevel,
  Series,
  Status,
} from "../api/types";
import { with_entry } from "./activity_log";
import { Cell } from "./cell";
import { merged } from "./drill_run";
import { no_series, with_steps } from "./series_window";

export interface Notice {
  readonly tone: "good" | "bad";
  readonly text: string;
}

export class Model {
  readonly client = new Client();
  readonly link = new Cell<Link>({ phase: "connecting" });
  readonly status = new Cell<Status | null>(null);
  readonly backends = new Cell<readonly Backend[]>([]);
  readonly activity = new Cell<readonly Activity[]>([]);
  readonly series = new Cell(no_series);
  readonly run = new Cell<DrillRun | null>(null);
  /** Orders that the proxy has not answered yet, by backend. */
  readonly asked = new Cell<ReadonlyMap<string, BackendAction>>(new Map());
  readonly notice = new Cell<Notice | null>(null);

  private readonly stream = new EventStream(this.client, this.link, (event) => this.handle_event(event));

  start(): void {
    void this.stream.run();
    let was_live = false;
    this.link.watch(({ phase }) => {
      // The stream has new steps only; what it missed, or never had, is fetched whenever it is there again.
      if (phase === "live" && !was_live) void this.fetch_series();
      was_live = phase === "live";
    }, new AbortController().signal);
  }

  set_token(token: string): void {
    this.client.set_token(token);
    this.stream.reconnect();
  }

  async order(name: string, action: BackendAction): Promise<void> {
    this.asked.set(new Map(this.asked.value).set(name, action));
    await this.attempt(async () =>
      this.take_backend(await this.client.post(`/api/backend/${action}`, { name })),
    );
    const asked = new Map(this.asked.value);
    asked.delete(name);
    this.asked.set(asked);
  }

  crash(): Promise<boolean> {
    return this.attempt(async () => {
      const backend = await this.client.post<Backend>("/api/crash");
      this.take_backend(backend);
      this.notice.set({ tone: "good", text: `${backend.name} was crashed.` });
    });
  }

  start_load(rate: number): Promise<boolean> {
    return this.attempt(async () => this.take_load(await this.client.post("/api/load/start", { rate })));
  }

  stop_load(): Promise<boolean> {
    return this.attempt(async () => this.take_load(await this.client.post("/api/load/stop")));
  }

  set_log_level(level: LogLevel): Promise<boolean> {
    return this.attempt(async () => {
      await this.client.post("/api/logging", { level });
      this.notice.set({ tone: "good", text: `The log has level ${level} now.` });
    });
  }

  start_drill(name: string): Promise<boolean> {
    return this.attempt(async () => this.run.set(await this.client.post("/api/drills/start", { name })));
  }

  stop_drill(): Promise<boolean> {
    return this.attempt(async () => this.run.set(await this.client.post("/api/drills/stop")));
  }

  /** Shows one run, whole. */
  show_run(id: number): Promise<boolean> {
    return this.attempt(async () => this.run.set(await this.client.get(`/api/drills/run?id=${id}`)));
  }

  /** Does it; says so if it was refused. */
  private async attempt(deed: () => Promise<void>): Promise<boolean> {
    try {
      await deed();
      return true;
    } catch (error) {
      this.notice.set({ tone: "bad", text: error instanceof Refusal ? error.message : String(error) });
      return false;
    }
  }

  private handle_event({ type, data }: StreamEvent): void {
    const value: unknown = JSON.parse(data);
    if (type === "status") this.take_status(value as Status);
    else if (type === "backends") this.backends.set((value as { backends: Backend[] }).backends);
    else if (type === "activity") this.activity.set(with_entry(this.activity.value, value as Activity));
    else if (type === "series") this.series.set(with_steps(this.series.value, value as Series));
    else if (type === "drill") this.take_run(value as DrillRun);
  }

  private take_status(status: Status): void {
    const known = this.status.value;
    if (known !== null && known.started !== status.started) {
      // Another process: its activity begins at 1 again, and what we kept is not its own.
      this.activity.set([]);
      this.series.set(no_series);
      void this.fetch_series();
    }
    this.status.set(status);
  }

  private take_run(run: DrillRun): void {
    const known = this.run.value;
    const is_over = run.state !== "running" && (known === null || known.state === "running");
    this.run.set(merged(known, run));
    if (is_over) void this.show_run(run.id); // with its timeline
  }

  private take_backend(backend: Backend): void {
    this.backends.set(this.backends.value.map((known) => (known.name === backend.name ? backend : known)));
  }

  private take_load(load: Load): void {
    if (this.status.value !== null) this.status.set({ ...this.status.value, load });
  }

  private async fetch_series(): Promise<void> {
    try {
      const all = await this.client.get<Series>("/api/series");
      this.series.set(with_steps(no_series, all));
    } catch {
      // The stream brings new steps, and says itself when there is no connection.
    }
  }
}

// Server-sent events out of text that arrives in pieces (WHATWG HTML, 9.2.6). Comments and `retry` are left out: the
// stream of the control API has its own rhythm.

export interface StreamEvent {
  readonly type: string;
  readonly data: string;
}

export class EventParser {
  /** The id of the last event that had one. */
  last_id = "";

  private rest = "";
  private type = "";
  private data: string[] = [];

  /** The events that `piece` completes. */
  push(piece: string): StreamEvent[] {
    const lines = (this.rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    const events: StreamEvent[] = [];
    for (const line of lines) {
      if (line === "") this.finish(events);
      else this.take_field(line);
    }
    return events;
  }

  /** Forgets a half event; what follows comes from a new connection. */
  restart(): void {
    this.rest = "";
    this.type = "";
    this.data = [];
  }

  private take_field(line: string): void {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.type = value;
    else if (name === "data") this.data.push(value);
    else if (name === "id") this.last_id = value;
  }

  private finish(events: StreamEvent[]): void {
    if (this.data.length > 0) events.push({ type: this.type || "message", data: this.data.join("\n") });
    this.type = "";
    this.data = [];
  }
}

// A value that tells when it changes. Whoever watches says for how long, by an AbortSignal: the same lifetime ends its
// listeners and requests.

export class Cell<T> {
  private readonly watchers = new Set<(value: T) => void>();

  constructor(private current: T) {}

  get value(): T {
    return this.current;
  }

  set(value: T): void {
    this.current = value;
    for (const watcher of [...this.watchers]) watcher(value);
  }

  /** Calls `watcher` now and after each set(), until `lifetime` ends. */
  watch(watcher: (value: T) => void, lifetime: AbortSignal): void {
    if (lifetime.aborted) return;
    this.watchers.add(watcher);
    lifetime.addEventListener("abort", () => this.watchers.delete(watcher), { once: true });
    watcher(this.current);
  }
}

// Requests to the control API: one way to ask, one way to change, one kind of error.

/** A refusal in the server's own words, or the reason why there was no answer. */
export class Refusal extends Error {
  constructor(
    readonly status: number, // 0: no answer
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

export class Client {
  private token = sessionStorage.getItem("token") ?? "";

  has_token(): boolean {
    return this.token !== "";
  }

  /** Kept until the tab is closed; "" forgets it. */
  set_token(token: string): void {
    this.token = token;
    if (token === "") sessionStorage.removeItem("token");
    else sessionStorage.setItem("token", token);
  }

  async get<T>(path: string, lifetime?: AbortSignal): Promise<T> {
    const response = await this.fetch(path, lifetime ? { signal: lifetime } : {});
    return (await response.json()) as T;
  }

  async text(path: string, lifetime?: AbortSignal): Promise<string> {
    return (await this.fetch(path, lifetime ? { signal: lifetime } : {})).text();
  }

  async post<T>(path: string, parameters: Record<string, string | number> = {}): Promise<T> {
    const query = new URLSearchParams(
      Object.entries(parameters).map(([name, value]) => [name, String(value)]),
    );
    const response = await this.fetch(query.size > 0 ? `${path}?${query}` : path, { method: "POST" });
    return (await response.json()) as T;
  }

  /** Throws Refusal for anything but 2xx. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.token !== "") headers.set("Authorization", `Bearer ${this.token}`);
    let response: Response;
    try {
      response = await fetch(path, { ...init, headers, cache: "no-store" });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new Refusal(0, "no_answer", "The proxy does not answer.");
    }
    if (response.ok) return response;
    throw await refusal_of(response);
  }
}

async function refusal_of(response: Response): Promise<Refusal> {
  try {
    const { error, message } = (await response.json()) as { error: string; message: string };
    return new Refusal(response.status, error, message);
  } catch {
    return new Refusal(response.status, "unknown", `The proxy answered ${response.status}.`);
  }
}

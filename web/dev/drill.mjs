// A made-up run of the failover drill: 24 seconds in which a backend is stopped and comes back.

export const drills = [
  {
    name: "failover",
    title: "Failover",
    description:
      "Stops backend1 under load, starts it again, and counts the requests that clients lost: none may be.",
    duration_seconds: 24,
  },
  {
    name: "last-one-standing",
    title: "Last one standing",
    description: "Takes all backends but one out of rotation; latency has to stay below 50 ms.",
    duration_seconds: 60,
  },
];

export function start_drill(world, drill) {
  const run = {
    id: (world.runs[0]?.id ?? 0) + 1,
    name: drill.name,
    title: drill.title,
    state: "running",
    verdict: "",
    started: new Date().toISOString(),
    ended: null,
    duration_seconds: drill.duration_seconds,
    requests: { sent: 0, succeeded: 0, failed: 0 },
    steps: [
      { at_seconds: 0, text: "Wait until all backends are healthy", state: "waiting" },
      { at_seconds: 0, text: "Send 50 requests a second over HTTP/3", state: "waiting" },
      { at_seconds: 5, text: "Stop backend1", state: "waiting" },
      { at_seconds: 14, text: "Start backend1", state: "waiting" },
      { at_seconds: 22, text: "Stop sending", state: "waiting" },
    ],
    checks: [
      { text: "No request fails", state: "waiting" },
      { text: "p95 stays below 100 ms", state: "waiting" },
      { text: "backend1 takes requests again at the end", state: "waiting" },
    ],
    samples: [],
    timeline: [],
  };
  world.runs = [run, ...world.runs].slice(0, 20);
  world.note("drill", "info", "", "Drill began", drill.title);
  const first = world.activity.at(-1).id;
  let second = 0;
  const stop = (state, verdict) => {
    clearInterval(timer);
    Object.assign(run, { state, verdict, ended: new Date().toISOString() });
    run.checks.forEach(
      (check) => (check.state = check.state === "waiting" && state === "passed" ? "holds" : check.state),
    );
    run.steps.forEach((step) => (step.state = step.state === "waiting" ? "skipped" : step.state));
    world.note("drill", state === "passed" ? "info" : "warn", "", `Drill ${state}`, verdict);
    run.timeline = world.activity.filter((entry) => entry.id >= first);
    world.emit("drill", run);
  };
  const timer = setInterval(() => {
    for (const step of run.steps) {
      if (step.state !== "waiting" || step.at_seconds > second) continue;
      step.state = "done";
      if (step.text === "Stop backend1") world.order(world.backend("backend1"), "stop");
      if (step.text === "Start backend1") world.order(world.backend("backend1"), "start");
    }
    const taking = world.taking();
    const backends = Object.fromEntries(taking.map(({ name }) => [name, Math.round(50 / taking.length)]));
    run.requests.sent += 50;
    run.requests.succeeded += 50;
    run.samples.push({ at_seconds: second, succeeded: 50, failed: 0, p95_ms: 3 + Math.random(), backends });
    world.emit("drill", { ...run, samples: run.samples.slice(-1) });
    if (++second >= 24)
      stop("passed", `No request of ${run.requests.sent} failed; backend1 was away for 9 s.`);
  }, 1000);
  run.stop = () => stop("aborted", "Ended by an operator after " + second + " s.");
  Object.defineProperty(run, "stop", { enumerable: false });
  return run;
}

// Every button does what it says, and the page shows it.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { ControlPage, tell } from "./control_page.mjs";

let control;

before(async () => {
  control = await ControlPage.open_with_backends();
});
afterEach(() => assert.deepEqual(control.complaints, []));
after(() => control.close());

test("a question that is not answered with yes stops nothing", async () => {
  await control.button("Stop backend1").click();
  await control.button("Cancel").click();
  await control.button("Stop backend1").click();
  await control.page.keyboard.press("Escape");

  await control.sees(control.button("Stop backend1"));
  assert.equal(await control.backend("backend1").locator(".badge").textContent(), "Healthy");
});

test("stopping and starting a backend shows in its row and on top", async () => {
  await control.stop("backend1");
  await control.sees(control.page.locator(".pill", { hasText: "Degraded" }));
  await control.screenshot("stopped");

  await control.start("backend1");

  await control.sees(control.page.locator(".pill", { hasText: "Healthy" }));
});

test("restarting a backend brings it back", async () => {
  await control.press_and_confirm("Restart backend2", "Restart");

  tell("restarting", await control.sees_backend("backend2", "(Restarting…|Draining|Stopped)"));
  await control.sees_backend("backend2", "Healthy");
});

test("draining needs no question, and is taken back by Resume", async () => {
  await control.button("Drain backend3").click();
  tell("draining", await control.sees_backend("backend3", "Draining"));

  await control.button("Resume backend3").click();

  await control.sees_backend("backend3", "Healthy");
});

test("the keyboard alone stops and starts a backend", async () => {
  await control.button("Stop backend2").focus();
  await control.page.keyboard.press("Enter");
  await control.sees(control.page.locator(".ask"));
  await control.page.keyboard.press("Enter");
  await control.sees_backend("backend2", "Stopped");

  await control.button("Start backend2").focus();
  await control.page.keyboard.press("Space");

  await control.sees_backend("backend2", "Healthy");
});

test("a load runs at the rate that was asked for, and changes it while it runs", async () => {
  const rate = control.page.getByLabel("requests/s");
  await rate.fill("80");
  await control.button("Start load").click();
  tell("load", await control.sees(control.button("Stop load")));
  const sent = async () =>
    Number(
      /^([\d,]+) sent/.exec(await control.page.locator(".load-story").textContent())?.[1].replaceAll(",", ""),
    );
  await control.until("more than 200 requests were sent", async () => (await sent()) > 200);

  await rate.fill("20");
  await rate.press("Tab");
  await control.until("the proxy knows the new rate", async () => {
    const status = await control.page.evaluate(async () => (await fetch("/api/status")).json());
    return status.load.rate === 20;
  });

  await control.button("Stop load").click();
  await control.sees(control.button("Start load"));
  assert.match(await control.page.locator(".load-story").textContent(), / 0 failed/);
});

test("a crash takes away a backend that was healthy, and the log tells which", async () => {
  await control.press_and_confirm("Crash a backend", "Crash");
  const notice = control.page.locator(".notice").last();
  await control.sees(notice);
  const victim = /backend\d/.exec(await notice.textContent())[0];

  tell("crashed", await control.sees_backend(victim, "Stopped"));
  await control.sees(control.page.locator(".activity li", { hasText: victim }));
  await control.screenshot("crashed");

  await control.start(victim);
});

test("the failover drill passes without a failed request", async () => {
  await control.visit("drills");
  await control.page.getByRole("button", { name: /^Run .*[Ff]ailover/ }).click();
  await control.sees(control.page.locator(".run .badge", { hasText: "Running" }));
  await control.page.locator(".run .badge", { hasText: "Passed" }).waitFor({ timeout: 180_000 });

  const failed = control.page.locator(".run .facts div", { hasText: "Failed" }).locator("dd");
  assert.equal(await failed.textContent(), "0");
  await control.sees(control.page.locator(".run .activity li"));
  await control.screenshot("drill");
});

test("the level of the log is changed", async () => {
  await control.visit("configuration");

  await control.button("debug").click();

  await control.sees(control.page.locator('.segments [aria-pressed="true"]', { hasText: "debug" }));
  await control.button("info").click();
});

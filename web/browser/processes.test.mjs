// What the buttons do to backends that the proxy runs itself (the driver `process`).
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { ControlPage, tell } from "./control_page.mjs";

const urls = (process.env.BACKEND_URLS ?? "").split(" ");
let control;

/** Whether somebody listens there. */
async function is_up(number) {
  try {
    return (await fetch(`${urls[number - 1]}/health`)).ok;
  } catch {
    return false;
  }
}

before(async () => {
  control = await ControlPage.open_with_backends();
});
afterEach(() => assert.deepEqual(control.complaints, []));
after(() => control.close());

test("a stopped backend is gone, and a started one is there again", async () => {
  await control.stop("backend1");
  assert.equal(await is_up(1), false);
  assert.equal(await is_up(2), true);

  await control.start("backend1");

  assert.equal(await is_up(1), true);
});

test("a restarted backend is another process", async () => {
  const uptime = async () => (await (await fetch(`${urls[1]}/health`)).json()).uptime_seconds;
  const begin = Date.now();

  await control.press_and_confirm("Restart backend2", "Restart");
  await control.sees_backend("backend2", "(Restarting…|Draining|Stopped)");
  await control.sees_backend("backend2", "Healthy");

  assert.ok((await uptime()) * 1000 < Date.now() - begin);
});

test("a crashed backend stays away until it is started", async () => {
  await control.press_and_confirm("Crash a backend", "Crash");
  const row = control.page.locator("[data-backend]", {
    has: control.page.locator(".badge", { hasText: /^Unhealthy$/ }),
  });
  tell("crashed", await control.sees(row));
  const victim = await row.getAttribute("data-backend");
  assert.equal(await is_up(Number(victim.at(-1))), false);

  await control.start(victim);

  assert.equal(await is_up(Number(victim.at(-1))), true);
});

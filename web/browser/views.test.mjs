// What each view shows, for everybody: light and dark, wide and narrow, with a lost connection, and without access.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { base, ControlPage } from "./control_page.mjs";

const views = ["", "charts", "connections", "drills", "activity", "configuration"];
const looks = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  phone: { colorScheme: "light", viewport: { width: 390, height: 844 }, hasTouch: true },
};

async function with_page(options, deed) {
  const control = await ControlPage.open(options);
  try {
    await deed(control);
    assert.deepEqual(control.complaints, []);
  } finally {
    await control.close();
  }
}

const post = (path) => fetch(base + path, { method: "POST" });
before(() => post("/api/load/start?rate=50&seconds=300"));
after(() => post("/api/load/stop"));

for (const [look, options] of Object.entries(looks)) {
  test(`no view has barriers or is too wide: ${look}`, () =>
    with_page(options, async (control) => {
      for (const view of views) {
        await control.visit(view);
        await control.sees(control.page.locator(".card, .figures"));
        await control.page.waitForTimeout(1500); // for pictures with values in them
        await control.screenshot(`${view || "overview"}-${look}`);
        assert.deepEqual(await control.barriers(), [], view);
        assert.equal(await control.is_too_wide(), false, view);
      }
    }));
}

test("all ten charts have values", () =>
  with_page({}, async (control) => {
    await control.visit("charts");
    await control.until("every chart has a line", async () => {
      const pictures = await control.page.locator('.plot[role="img"]').all();
      const names = await Promise.all(pictures.map((picture) => picture.getAttribute("aria-label")));
      return names.length === 10 && names.every((name) => /: .*\d/.test(name));
    });
    assert.equal(await control.page.locator(".plot canvas").count(), 10);
  }));

test("the load's own connections are listed with their round-trip time", () =>
  with_page({}, async (control) => {
    await control.visit("connections");
    await control.button("HTTP/3").click();

    const row = control.page.locator("tbody tr", { hasText: "QUIC v" });
    await control.sees(row);
    assert.match(await row.first().textContent(), /\d ms/);
    await control.button("RTT").click();
    await control.sees(control.page.locator('th[aria-sort="ascending"]', { hasText: "RTT" }));
  }));

test("the activity log is searched", () =>
  with_page({}, async (control) => {
    await control.visit("activity");
    await post("/api/backend/drain?name=backend1");
    await post("/api/backend/undrain?name=backend1");
    await control.sees(control.page.locator(".activity li"));

    await control.page.getByRole("searchbox").fill("drain");

    await control.sees(control.page.locator(".activity mark"));
    const rows = await control.page.locator(".activity li").allTextContents();
    assert.ok(rows.length > 0 && rows.every((row) => row.toLowerCase().includes("drain")), rows.join("\n"));
    await control.page.getByRole("searchbox").fill("there is no such entry");
    await control.sees(control.page.getByText("No entry matches."));
  }));

test("a lost connection is seen, and found again", { skip: process.env.PROXY_PID === undefined }, () =>
  with_page({}, async (control) => {
    const proxy = Number(process.env.PROXY_PID);
    await control.visit("");

    process.kill(proxy, "SIGSTOP");
    try {
      await control.sees(control.page.getByText("Connection lost"));
      await control.screenshot("lost");
    } finally {
      process.kill(proxy, "SIGCONT");
    }

    await control.sees(control.page.locator('.live[data-phase="live"]'));
  }),
);

test("without access the page asks for the token, and uses it", () =>
  with_page({}, async (control) => {
    let is_right = false;
    await control.page.route("**/api/events", async (route) => {
      is_right = (await route.request().headerValue("authorization")) === "Bearer open sesame";
      if (is_right) return route.continue({ headers: { ...route.request().headers(), authorization: "" } });
      const refusal = { error: "token_required", message: "this needs the token" };
      return route.fulfill({ status: 401, contentType: "application/json", body: JSON.stringify(refusal) });
    });
    await control.page.goto(`${base}/control`);
    await control.sees(control.page.getByText("No access"));
    await control.screenshot("token");

    await control.page.getByLabel("Token").fill("open sesame");
    await control.page.keyboard.press("Enter");

    await control.until("the token was sent", () => is_right);
  }));

// The page in a real browser: opened once for all tests, driven by roles and names as a person would find them.
import { chromium } from "playwright-core";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

export const base = process.env.CONTROL_URL ?? "http://127.0.0.1:8889";
export const patience_ms = 30_000; // machines of a CI are slow; a person sees it within 2 s

const executable = process.env.CHROMIUM ?? "/usr/bin/chromium";
const axe_source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A note in the output of the tests. */
export const tell = (what, ms) => console.log(`# ${what}: seen after ${ms} ms`);

export class ControlPage {
  complaints = []; // of the browser: errors, and what the page's policy refused

  static async open(options = {}) {
    const browser = await chromium.launch({
      executablePath: executable,
      args: ["--no-sandbox", "--disable-gpu"],
    });
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(patience_ms);
    return new ControlPage(browser, page);
  }

  /** The overview, with the three backends well. */
  static async open_with_backends() {
    const control = await ControlPage.open();
    await control.visit("");
    for (const name of ["backend1", "backend2", "backend3"]) await control.sees_backend(name, "Healthy");
    return control;
  }

  constructor(browser, page) {
    this.browser = browser;
    this.page = page;
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      // That a request failed is what the page deals with; the browser notes it all the same.
      const is_ours = message.type() === "error" && !message.text().startsWith("Failed to load resource");
      if (is_ours) this.complaints.push(message.text());
    });
  }

  close() {
    return this.browser.close();
  }

  async visit(view) {
    await this.page.goto(`${base}/control#/${view}`);
    await this.sees(this.page.locator('.live[data-phase="live"]'));
  }

  /** Waits until it is visible; returns after how many ms it was. */
  async sees(locator) {
    const begin = Date.now();
    await locator.first().waitFor({ state: "visible", timeout: patience_ms });
    return Date.now() - begin;
  }

  /** Waits until it holds. */
  async until(what, condition) {
    const end = Date.now() + patience_ms;
    while (!(await condition())) {
      if (Date.now() > end) throw new Error(`it never came to this: ${what}`);
      await this.page.waitForTimeout(50);
    }
  }

  button(name) {
    return this.page.getByRole("button", { name, exact: true });
  }

  backend(name) {
    return this.page.locator(`[data-backend="${name}"]`);
  }

  /** Waits for a backend's badge; returns after how many ms it was there. */
  sees_backend(name, word) {
    return this.sees(this.backend(name).locator(".badge", { hasText: new RegExp(`^${word}$`) }));
  }

  /** Presses a button that asks, and says yes. */
  async press_and_confirm(name, yes) {
    await this.button(name).click();
    await this.page.locator(".ask").getByRole("button", { name: yes, exact: true }).click();
  }

  async stop(name) {
    await this.press_and_confirm(`Stop ${name}`, "Stop");
    tell("stopped", await this.sees_backend(name, "Stopped"));
  }

  async start(name) {
    await this.button(`Start ${name}`).click();
    tell("started", await this.sees_backend(name, "Healthy"));
  }

  async screenshot(name) {
    const folder = process.env.SCREENSHOTS;
    if (folder) await this.page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }

  /** What axe has to complain about. */
  async barriers() {
    await this.page.evaluate(axe_source);
    const { violations } = await this.page.evaluate(() => window.axe.run());
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(", ")}`);
  }

  is_too_wide() {
    return this.page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  }
}

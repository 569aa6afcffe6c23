/** The dashboard over a real fleet: a person calls a tool in a browser and sees the call. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BROWSER_NEEDED, CHROMIUM, launchBrowser } from "../../dashboard/test/browser.ts";
import { type Flotilla, startFlotilla } from "./flotilla.ts";

describe.skipIf(CHROMIUM === undefined)(`the dashboard of a real fleet ${BROWSER_NEEDED}`, () => {
  let browser: Browser;
  let flotilla: Flotilla;

  beforeAll(async () => {
    [browser, flotilla] = await Promise.all([launchBrowser(), startFlotilla()]);
  });
  afterAll(async () => {
    await browser.close();
    await flotilla[Symbol.asyncDispose]();
  });

  test("shows the fleet asleep, calls a tool by its form, and shows the call that woke it", async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(flotilla.url);
    const worker = page.locator(".worker", {
      has: page.getByRole("heading", { name: "database", exact: true }),
    });
    await worker.getByText("asleep", { exact: true }).waitFor();
    await page.getByRole("button", { name: "sql_format" }).first().click();
    const form = page.locator(".toolcall");
    await form.getByLabel("sql").fill("select 1,2 from t where a=1");
    await form.getByRole("button", { name: /^Call/ }).click();
    await form
      .getByText(/SELECT/i)
      .first()
      .waitFor();
    await worker.getByText("ready", { exact: true }).waitFor();
    await page
      .getByText(/^woke /)
      .first()
      .waitFor();
    expect(complaints).toEqual([]);
  });
});

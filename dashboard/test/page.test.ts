/** The page in a real browser, over a fleet that the test writes. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BROWSER_NEEDED, CHROMIUM, launchBrowser } from "./browser.ts";
import type { FakeFleet } from "./fake-fleet.ts";
import { droneOf, startSampleFleet, workerOf } from "./sample-fleet.ts";

describe.skipIf(CHROMIUM === undefined)(`the dashboard in a browser ${BROWSER_NEEDED}`, () => {
  let browser: Browser;
  let fleet: FakeFleet;
  let page: Page;
  /** Everything the page asked for, and everything it complained of. */
  let requests: string[];
  let complaints: string[];

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    fleet = await startSampleFleet();
    requests = [];
    complaints = [];
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.on("request", (request) => requests.push(request.url()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (line) => {
      if (line.type() === "error") complaints.push(line.text());
    });
    await page.goto(fleet.url);
    await page.getByRole("heading", { name: "database", exact: true }).first().waitFor();
  });
  afterEach(async () => {
    await page.close();
    await fleet[Symbol.asyncDispose]();
  });

  const worker = (name: string) =>
    page.locator(".worker", { has: page.getByRole("heading", { name, exact: true }) });
  const openTool = async (name: string): Promise<void> => {
    await page.getByRole("button", { name }).first().click();
    await page.locator(".toolcall").waitFor();
  };

  test("shows the fleet: states, drones, reasons and when it is tried again", async () => {
    await page.getByText("live", { exact: true }).waitFor();
    expect(await worker("database").innerText()).toMatch(/ready[\s\S]*4 tools[\s\S]*be20d/);
    expect(await worker("everything").innerText()).toMatch(/asleep[\s\S]*100 resources/);
    const failing = await worker("weather").innerText();
    expect(failing).toContain("nothing listens at weather.example:443");
    expect(failing).toMatch(/6 failures in a row\. Next try in \d+ s\./);
    expect(complaints).toEqual([]);
  });

  test("loads nothing from any other origin", async () => {
    await page.locator(".toollist").first().waitFor();
    expect(requests.length).toBeGreaterThan(15);
    expect(requests.filter((url) => !url.startsWith(fleet.url))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test("follows the fleet live", async () => {
    const everything = fleet.workers.find(({ name }) => name === "everything");
    if (everything === undefined) throw new Error("no such worker");
    everything.health = { ...everything.health, state: "ready" };
    everything.drones = [droneOf("everything", { id: "drone-000000c0ffee" })];
    fleet.emit({ topic: "health", health: everything.health });
    await worker("everything").getByText("c0ffee").waitFor();
    await worker("everything").getByText("ready", { exact: true }).waitFor();
    fleet.workers = [...fleet.workers, workerOf("newcomer")];
    fleet.emit({ topic: "drones", drone: droneOf("newcomer") });
    await worker("newcomer").waitFor();
  });

  test("shows calls newest first, with wake time and error", async () => {
    const base = { method: "tools/call", era: "modern" as const, client: "tester" };
    const call = { ...base, worker: "database", target: "sql_format", durationMs: 512 };
    fleet.emit({ topic: "calls", call: { ...call, callId: "call-1", wakeMs: 430, outcome: "ok" } });
    fleet.emit({
      topic: "calls",
      call: { ...call, callId: "call-2", outcome: "error", error: "drone_lost: it ended" },
    });
    const rows = page.locator(".call");
    await rows.first().locator("p.error").getByText("drone_lost: it ended").waitFor();
    expect(await rows.nth(1).innerText()).toMatch(
      /database sql_format[\s\S]*woke 430 ms[\s\S]*512 ms/,
    );
    await rows.nth(1).locator("summary").click();
    await rows.nth(1).getByText("tester").waitFor();
  });

  test("keeps at most as many rows as it says", async () => {
    for (let index = 0; index < 500; index += 1) {
      fleet.emit({
        topic: "logs",
        log: { level: "info", source: "gateway", message: `line ${index}` },
      });
    }
    await page.locator(".lines").getByText("line 499", { exact: true }).waitFor();
    expect(await page.locator(".lines li").count()).toBe(400);
  });

  test("comes back by itself after the connection is lost, and misses nothing", async () => {
    await page.getByText("live", { exact: true }).waitFor();
    fleet.hangUp({ refuse: true });
    await page.getByText("The connection to Flotilla is lost").waitFor();
    fleet.emit({
      topic: "logs",
      log: { level: "warn", source: "gateway", message: "said meanwhile" },
    });
    fleet.hangUp({ refuse: false });
    await page.getByText("live", { exact: true }).waitFor();
    await page.getByText("said meanwhile").waitFor();
    expect(await page.getByText("said meanwhile").count()).toBe(1);
    expect(await page.getByText("drone started").count()).toBe(1);
  });

  test("wakes and retires", async () => {
    await page.getByRole("button", { name: "Wake everything" }).click();
    await page.getByRole("button", { name: "Retire database" }).click();
    await expect
      .poll(() => fleet.asked.map(({ path }) => path))
      .toEqual(["/api/v1/workers/everything/wake", "/api/v1/workers/database/retire"]);
    expect(fleet.asked[0]?.body).toEqual({ by: "dashboard" });
  });

  test("finds tools by words, also with the keyboard alone", async () => {
    await page.locator(".toollist").nth(2).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("index cheaper");
    await expect
      .poll(() => page.locator(".toollist code").allInnerTexts())
      .toEqual(["index_advisor"]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator(".toolcall").getByText("index_advisor").waitFor();
  });

  test("calls a tool from a form made of its schema", async () => {
    await openTool("sql_explain");
    await page.getByRole("button", { name: "Call", exact: true }).click();
    expect(await page.getByRole("alert").allInnerTexts()).toEqual(["Needed", "Needed"]);
    expect(fleet.asked).toEqual([]);

    await page.getByLabel("ddl").fill("create table ships (id int)");
    await page.getByLabel("sql", { exact: false }).last().fill("select 1");
    await page.getByLabel("rows").fill("250");
    await page.getByLabel("dialect").selectOption({ label: "sqlite" });
    await page.getByLabel("analyze").selectOption({ label: "yes" });
    await page.getByLabel("tables").fill('["ships"]');
    await page.keyboard.press("Control+Enter");

    await page.locator(".outcome pre").first().getByText("Seq Scan on ships").waitFor();
    expect(await page.locator(".outcome pre.json").textContent()).toContain('"cost": 30.75');
    const [asked] = fleet.asked;
    expect(asked?.path).toBe("/mcp/database");
    expect(asked?.headers).toMatchObject({
      "mcp-method": "tools/call",
      "mcp-name": "sql_explain",
      "mcp-protocol-version": "2026-07-28",
    });
    expect(asked?.body).toMatchObject({
      params: {
        name: "sql_explain",
        arguments: {
          ddl: "create table ships (id int)",
          sql: "select 1",
          rows: 250,
          dialect: "sqlite",
          analyze: true,
          tables: ["ships"],
        },
        _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" },
      },
    });
  });

  test("shows a picture, a tool's own error, and why there was no answer", async () => {
    await openTool("schema_diagram");
    await page.getByLabel("ddl").fill("create table t (id int)");
    await page.getByRole("button", { name: "Call", exact: true }).click();
    const picture = page.locator(".outcome img");
    await picture.waitFor();
    expect(await picture.evaluate((image: { naturalWidth: number }) => image.naturalWidth)).toBe(1);

    await page.getByRole("button", { name: "← All tools" }).click();
    await openTool("sql_lint");
    await page.getByLabel("sql").fill("selec 1");
    await page.getByRole("button", { name: "Call", exact: true }).click();
    await page.getByText("The tool reports an error").waitFor();

    await page.getByRole("button", { name: "← All tools" }).click();
    await openTool("index_advisor");
    await page.getByRole("button", { name: "Call", exact: true }).click();
    await page.getByText("The worker database failed a moment ago.").waitFor();
    await page.locator(".outcome").getByText("worker_unavailable").waitFor();
    await page.getByText("It can be tried again in 12 s.").waitFor();
    expect(complaints).toEqual([]);
  });

  test("edits arguments as JSON and back", async () => {
    await openTool("sql_explain");
    await page.getByLabel("ddl").fill("create table t (id int)");
    await page.getByRole("button", { name: "Edit as JSON" }).click();
    const raw = page.getByLabel("arguments");
    expect(JSON.parse(await raw.inputValue())).toEqual({ ddl: "create table t (id int)" });
    await raw.fill("{ not json");
    await page.getByRole("button", { name: "Edit as form" }).click();
    await page.getByText("Expected a JSON object").waitFor();
    await raw.fill('{"ddl": "create table u (id int)", "dialect": "mysql"}');
    await page.getByRole("button", { name: "Edit as form" }).click();
    expect(await page.getByLabel("ddl").inputValue()).toBe("create table u (id int)");
  });

  test.each([380, 800, 1000, 1600])("nothing sticks out at %d pixels", async (width) => {
    await page.setViewportSize({ width, height: 800 });
    for (const panel of width <= 800 ? ["Tools", "Calls", "Logs", "Fleet"] : [""]) {
      if (panel !== "") await page.getByRole("button", { name: panel, exact: true }).click();
      const { wide, room } = await page.evaluate<{ wide: number; room: number }>(
        "({ wide: document.documentElement.scrollWidth, room: innerWidth })",
      );
      expect(wide, panel).toBeLessThanOrEqual(room);
    }
  });

  test("the theme is chosen by hand and kept", async () => {
    const ground = (): Promise<string> =>
      page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    const light = await ground();
    await page.getByRole("button", { name: "Theme: auto" }).click();
    await page.getByRole("button", { name: "Theme: light" }).click();
    expect(await ground()).not.toBe(light);
    await page.reload();
    await page.getByRole("button", { name: "Theme: dark" }).waitFor();
    expect(await ground()).not.toBe(light);
  });
});

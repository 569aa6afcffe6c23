import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../protocol/system-clock.ts";
import { silentTelemetry } from "../../telemetry/index.ts";
import { createLaunch } from "../conformance/case.ts";
import { launcherConformance } from "../conformance.ts";
import type { LaunchedDrone } from "../contract.ts";
import { createIsolateLauncher } from "./isolate.node.ts";

const folder = await mkdtemp(join(tmpdir(), "flotilla-isolate-"));
const entry = join(folder, "worker.js");
const options = {
  name: "isolate",
  dialled: true,
  run: { kind: "module", entry, env: { GREETING: "ahoy" }, launcher: "process" },
  deniedRun: { kind: "module", entry: join(folder, "none.js"), env: {}, launcher: "process" },
} as const;
const make = () => ({
  launcher: createIsolateLauncher({
    node: "here",
    stateDir: join(folder, "state"),
    clock: systemClock,
    telemetry: silentTelemetry,
    output: () => {},
  }),
});

beforeAll(() =>
  writeFile(
    entry,
    `let calls = 0;
export default { async fetch(request, env) {
  const out = await fetch("http://127.0.0.1:9/").then(() => "out", () => "in");
  return Response.json({ calls: ++calls, path: new URL(request.url).pathname, greeting: env.GREETING, out });
} };`,
  ),
);
afterAll(() => rm(folder, { recursive: true, force: true }));

launcherConformance(make, options);

describe("an isolate", () => {
  const urlOf = ({ address }: LaunchedDrone): string =>
    address.kind === "http" ? address.url : expect.unreachable();
  const said = async (drone: LaunchedDrone): Promise<unknown> => (await fetch(urlOf(drone))).json();

  it("keeps its own state, has its variables, and no way out", async () => {
    const launch = createLaunch(make, options);
    const [first, second] = [await launch.drone(), await launch.drone()];
    const answer = { path: "/mcp", greeting: "ahoy", out: "in" };
    expect(await said(first)).toEqual({ calls: 1, ...answer });
    expect(await said(first)).toEqual({ calls: 2, ...answer });
    expect(await said(second)).toEqual({ calls: 1, ...answer });
    await launch.endFully(first.handle);
    expect((await fetch(urlOf(first))).status).toBe(404);
    expect(await said(second)).toEqual({ calls: 2, ...answer });
    await launch.dispose();
    await expect(fetch(urlOf(second))).rejects.toThrow();
  });

  it("takes no orders from strangers and no calls from pages", async () => {
    const launch = createLaunch(make, options);
    const drone = await launch.drone();
    const status = async (init: RequestInit): Promise<number> =>
      (await fetch(urlOf(drone), init)).status;
    expect(await status({ method: "DELETE", headers: { "flotilla-control": "guess" } })).toBe(403);
    expect(await status({ headers: { origin: "https://example.com" } })).toBe(403);
    expect(await status({})).toBe(200);
    await launch.dispose();
  });
});

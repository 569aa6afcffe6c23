import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { McpOutcome } from "../call.ts";
import { settle } from "../testing/fake-clock.ts";
import { fakeWorker, type FakeWorker } from "../testing/fake-worker.ts";
import { mcpRequest, testFleet, type TestFleet } from "../testing/fleet.ts";
import { joinedExtensions, SKILLS_EXTENSION } from "./extensions.ts";
import { APPS_EXTENSION } from "./apps.ts";

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await testFleet();
});
afterEach(() => fleet.router.close());

const SKILLS = { extensions: { [SKILLS_EXTENSION]: { directoryRead: true } } };
const skill = (server: string, name: string) => ({
  uri: `skill://${server}/${name}/SKILL.md`,
  frontmatter: { name, description: "Does it." },
  digest: `sha256:${"a".repeat(64)}`,
});

/** Answers every method with bytes that no re-serialisation would leave as they are. */
async function addSkilled(name: string, skills: readonly unknown[]): Promise<FakeWorker> {
  const worker = fakeWorker({
    era: "modern",
    capabilities: { tools: {}, resources: {}, ...SKILLS },
    on: ({ method, params }) => {
      if (method === "server/discover" || method === "tools/list") return undefined;
      if (method === "skills/list") return { resultType: "complete", skills, ttlMs: 5_000 };
      if (method.endsWith("/list")) return { resources: [], resourceTemplates: [] };
      return `{"resultType":"complete", "by":"${name}","uri":${JSON.stringify(params["uri"])},"n":1.0}`;
    },
  });
  await fleet.addWorker(name);
  await fleet.addDrone(name, () => worker);
  await settle();
  return worker;
}

const ask = (method: string, params: Record<string, unknown> = {}) =>
  fleet.handle(method, { params });
function textOf(outcome: McpOutcome): string {
  if (outcome.kind !== "result") throw new Error(JSON.stringify(outcome));
  return outcome.result.text;
}

describe("skills", () => {
  test("of all workers are one list, each entry as its worker gave it", async () => {
    await addSkilled("one", [skill("one", "pdf")]);
    await addSkilled("two", [skill("two", "git"), skill("one", "pdf")]);
    const listed = JSON.parse(textOf(await ask("skills/list")));
    expect(listed).toEqual({
      resultType: "complete",
      skills: [skill("one", "pdf"), skill("two", "git")],
      ttlMs: 5_000,
      cacheScope: "public",
    });
    const told = JSON.parse(textOf(await ask("server/discover")));
    expect(told.capabilities.extensions).toMatchObject(SKILLS.extensions);
  });

  test("and their files are read from the worker they belong to, byte for byte", async () => {
    await addSkilled("one", [skill("one", "pdf")]);
    await addSkilled("two", [skill("two", "git")]);
    for (const [method, uri, by] of [
      ["skills/get", "skill://two/git/SKILL.md", "two"],
      ["skills/get", "skill://one/unlisted/SKILL.md", "one"],
      ["resources/directory/read", "skill://two/git", "two"],
      ["resources/directory/read", "skill://one/pdf/scripts", "one"],
      ["resources/read", "skill://two/git/scripts/run.sh", "two"],
    ] as const) {
      const text = textOf(await ask(method, { uri }));
      expect(text).toBe(`{"resultType":"complete", "by":"${by}","uri":"${uri}","n":1.0}`);
    }
  });

  test("are no method where nobody has them", async () => {
    await fleet.addWorker("plain");
    await fleet.addCatalog("plain", { tools: [{ name: "x" }], capabilities: { tools: {} } });
    const outcome = await ask("skills/get", { uri: "skill://x/y/SKILL.md" });
    expect(outcome).toMatchObject({ kind: "error", error: { code: -32601 }, httpStatus: 404 });
  });
});

const shown = (name: string, uri: string) => ({ name, _meta: { ui: { resourceUri: uri } } });

describe("apps", () => {
  beforeEach(async () => {
    for (const [name, tools] of [
      ["chess", [shown("start", "ui://chess/board"), { name: "move" }, { name: "resign" }]],
      ["go", [shown("begin", "ui://go/board"), { name: "resign" }]],
      ["plain", [{ name: "move" }]],
    ] as const) {
      await fleet.addWorker(name);
      await fleet.addCatalog(name, {
        tools: [...tools],
        capabilities: { tools: {}, resources: {}, extensions: { [APPS_EXTENSION]: { v: [name] } } },
      });
      await fleet.addDrone(name, () =>
        fakeWorker({
          era: "modern",
          tools: [...tools],
          on: ({ method, params }) =>
            method === "tools/call" || method === "resources/read"
              ? { resultType: "complete", by: name, name: params["name"] }
              : undefined,
        }),
      );
    }
  });

  test("keep their tools' pages, which come from the worker that shows them", async () => {
    const listed = JSON.parse(textOf(await ask("tools/list")));
    expect(listed.tools[0]).toEqual({ ...shown("start", "ui://chess/board"), name: "chess_start" });
    for (const worker of ["chess", "go"]) {
      const read = textOf(await ask("resources/read", { uri: `ui://${worker}/board` }));
      expect(JSON.parse(read).by).toBe(worker);
    }
  });

  test("call tools by their server's own names, where only one server can be meant", async () => {
    // "plain" has a tool of that name too, but no page that could call it.
    const called = textOf(await fleet.call("move"));
    expect(JSON.parse(called)).toMatchObject({ by: "chess", name: "move" });
    expect(await fleet.call("resign")).toMatchObject({ kind: "error", error: { code: -32602 } });
  });

  test("a worker hears that the client has them, and of no extension that ends here", async () => {
    const worker = fakeWorker({
      era: "modern",
      on: ({ method }) => (method === "tools/call" ? { resultType: "complete" } : undefined),
    });
    await fleet.addWorker("ear");
    await fleet.addCatalog("ear", { tools: [{ name: "x" }] });
    await fleet.addDrone("ear", () => worker);
    const { client } = mcpRequest("tools/call");
    const extensions = { [APPS_EXTENSION]: { mimeTypes: ["text/html"] }, "com.example/odd": {} };
    await fleet.call("ear_x", { client: { ...client, capabilities: { extensions } } });
    const meta = worker.got.find(({ method }) => method === "tools/call")?.params["_meta"];
    expect(meta).toMatchObject({
      "io.modelcontextprotocol/clientCapabilities": {
        extensions: { [APPS_EXTENSION]: { mimeTypes: ["text/html"] } },
      },
    });
    expect(JSON.stringify(meta)).not.toContain("com.example/odd");
  });
});

test("joined settings: a switch that is on stays on, lists hold all, unknown ids are left out", () => {
  const joined = joinedExtensions([
    { extensions: { [SKILLS_EXTENSION]: { directoryRead: false }, "com.example/odd": {} } },
    { extensions: { [SKILLS_EXTENSION]: { directoryRead: true }, [APPS_EXTENSION]: { v: ["a"] } } },
    { extensions: { [APPS_EXTENSION]: { v: ["a", "b"] } } },
    {},
  ]);
  expect(joined).toEqual({
    [SKILLS_EXTENSION]: { directoryRead: true },
    [APPS_EXTENSION]: { v: ["a", "b"] },
  });
  expect(joinedExtensions([{}])).toBeUndefined();
});

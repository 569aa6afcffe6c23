/** Every era of client against every era of worker: the same tool, the same answers. */
import { describe, expect, test } from "vitest";
import {
  askingWorker,
  FORM,
  PAGE,
  ROOTS,
  type Rounds,
  SAMPLING,
  SAMPLING_TOOLS,
} from "./testing/asking-worker.ts";
import {
  answerAll,
  callLegacy,
  type CallOptions,
  callModern,
  type Called,
  type Gateway,
  gatewayOver,
  openLegacy,
  toldBy,
} from "./testing/askable.ts";

const CELLS = [
  { client: "modern", worker: "modern" },
  { client: "modern", worker: "legacy" },
  { client: "legacy", worker: "modern" },
  { client: "legacy", worker: "legacy" },
] as const;

async function call(
  client: "modern" | "legacy",
  gateway: Gateway,
  options: CallOptions = {},
): Promise<Called> {
  if (client === "modern") return callModern(gateway, options);
  return callLegacy(await openLegacy(gateway, options.capabilities), options);
}

const name = { action: "accept", content: { name: "Ann" } };
const roots = { roots: [{ uri: "file:///r" }] };
const sampled = answerAll(SAMPLING, "");

describe.each(CELLS)("a $client client and a $worker worker", ({ client, worker: era }) => {
  test.each<{ what: string; rounds: Rounds; heard: unknown }>([
    { what: "a form", rounds: [{ q: FORM }], heard: [{ q: name }] },
    { what: "a page", rounds: [{ q: PAGE }], heard: [{ q: name }] },
    { what: "sampling", rounds: [{ q: SAMPLING }], heard: [{ q: sampled }] },
    { what: "sampling with tools", rounds: [{ q: SAMPLING_TOOLS }], heard: [{ q: sampled }] },
    { what: "roots", rounds: [{ q: ROOTS }], heard: [{ q: roots }] },
    {
      what: "three things at once",
      rounds: [{ a: FORM, b: SAMPLING, c: ROOTS }],
      heard: [{ a: name, b: sampled, c: roots }],
    },
    {
      what: "three rounds",
      rounds: [{ a: FORM }, { b: FORM, c: ROOTS }, { d: PAGE }],
      heard: [{ a: name }, { b: name, c: roots }, { d: name }],
    },
  ])("$what", async ({ rounds, heard }) => {
    const worker = askingWorker(era, rounds);
    const gateway = await gatewayOver(worker);
    const called = await call(client, gateway);
    expect(toldBy(called)).toEqual(heard);
    expect(called.asked.map(({ method }) => method)).toEqual(
      rounds.flatMap((round) => Object.values(round).map(({ method }) => method)),
    );
    // A legacy worker sees one call, however often the client had to come back.
    expect(worker.calls).toHaveLength(era === "legacy" ? 1 : rounds.length + 1);
    for (const params of worker.calls) expect(params).toMatchObject({ arguments: { a: 1 } });
    expect(worker.calls[0]).not.toHaveProperty("inputResponses");
    expect(gateway.fleet.store.puts.length).toBeGreaterThan(0);
  });

  test.each(["decline", "cancel"])("a person who says %s", async (action) => {
    const gateway = await gatewayOver(askingWorker(era, [{ q: FORM }]));
    const called = await call(client, gateway, { answering: () => ({ action }) });
    expect(toldBy(called)).toEqual([{ q: { action } }]);
  });

  test.each(["prompts/get", "resources/read"])("%s asks as well", async (method) => {
    const gateway = await gatewayOver(askingWorker(era, [{ q: FORM }]));
    const params = method === "prompts/get" ? { name: "w_ask" } : { uri: "test://ask" };
    const called = await call(client, gateway, { method, params });
    expect(toldBy(called)).toEqual([{ q: name }]);
  });

  test("what the client cannot be asked is refused, truly", async () => {
    const rounds = [{ q: SAMPLING }];
    const worker = askingWorker(era, rounds);
    const gateway = await gatewayOver(worker);
    const called = await call(client, gateway, { capabilities: { roots: {} } });
    expect(called.asked.map(({ method }) => method)).toEqual(
      // A modern worker that asks all the same has broken the rules; a modern client is no worse off than without us.
      client === "modern" && era === "modern" ? ["sampling/createMessage"] : [],
    );
    if (era === "legacy") expect(toldBy(called)).toEqual([{ q: { refused: -32601 } }]);
    else if (client === "legacy")
      expect(called.message).toMatchObject({ result: { isError: true } });
  });
});

test("the modern form of a page has no elicitationId; the legacy one has, and hears when it is done", async () => {
  const page = { ...PAGE, params: { ...PAGE.params, elicitationId: "theirs" } };
  const modern = await callModern(await gatewayOver(askingWorker("legacy", [{ q: page }])));
  expect(modern.asked[0]?.params).toEqual(PAGE.params);
  for (const era of ["modern", "legacy"] as const) {
    const gateway = await gatewayOver(askingWorker(era, [{ q: page }]));
    const legacy = await callLegacy(await openLegacy(gateway));
    const { elicitationId } = legacy.asked[0]?.params ?? {};
    expect(elicitationId).toMatch(/^elicitation-/);
    expect(legacy.heard).toEqual([
      {
        jsonrpc: "2.0",
        method: "notifications/elicitation/complete",
        params: { elicitationId },
      },
    ]);
  }
});

test("a client of 2025-06-18 is asked in its words and never for pages", async () => {
  const rounds = [{ q: { ...FORM, params: { ...FORM.params, mode: "form" } } }];
  const first = await gatewayOver(askingWorker("modern", rounds));
  const form = await callLegacy(await openLegacy(first, { elicitation: {} }, "2025-06-18"));
  expect(form.asked[0]?.params).toEqual(FORM.params);
  const second = await gatewayOver(askingWorker("modern", [{ q: PAGE }]));
  const session = await openLegacy(second, { elicitation: { url: {} } }, "2025-06-18");
  const page = await callLegacy(session);
  expect(page.asked).toEqual([]);
  expect(page.message).toMatchObject({ result: { isError: true } });
});

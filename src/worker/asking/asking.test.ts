import { describe, expect, it } from "vitest";
import { WIRE, systemClock } from "../../protocol/index.ts";
import { connectWorker } from "../connect.ts";
import { defineTool, defineWorker } from "../define.ts";
import { createTestClient } from "../test-client.ts";
import { form, page, roots, sample } from "./questions.ts";
import { createStateKeeper } from "./state.ts";

const NAME = { properties: { name: { type: "string", minLength: 1 } }, required: ["name"] };

/** `made` counts what must happen once. */
function greeter() {
  const counts = { runs: 0, made: 0 };
  const greet = defineTool({
    name: "greet",
    description: "Asks for a name, then for a colour.",
    input: { type: "object" },
    async run(_input, { ask, once }) {
      counts.runs += 1;
      const ticket = await once("ticket", () => `t${(counts.made += 1)}`);
      const { who } = await ask({ who: form("Your name?", NAME) });
      if (who.action !== "accept") return "Nobody.";
      const { colour } = await ask({ colour: form("Your colour?", { properties: {} }) });
      return `${ticket} ${String(who.content["name"])} ${JSON.stringify(colour.content)}`;
    },
  });
  const stubborn = defineTool({
    name: "stubborn",
    description: "Catches what is not its own.",
    input: { type: "object" },
    async run(_input, { ask }) {
      try {
        await ask({ sure: form("Sure?", { properties: {} }) });
        return "asked";
      } catch {
        return "did not ask";
      }
    },
  });
  const others = defineTool({
    name: "others",
    description: "Asks for all that is no form.",
    input: { type: "object" },
    async run(_input, { ask }) {
      const answers = await ask({
        pay: page("Pay here.", "https://pay.example/1"),
        word: sample({ messages: [], maxTokens: 5 }),
        where: roots(),
      });
      return `${answers.pay.action} ${JSON.stringify(answers.word.content)} ${answers.where.roots.length}`;
    },
  });
  const worker = defineWorker({ name: "w", version: "1", tools: [greet, stubborn, others] });
  return { worker, counts };
}

const accept = (content: object) => ({ action: "accept", content });
describe("asking in rounds", () => {
  it("runs the tool again with all answers, and `once` only once", async () => {
    const { worker, counts } = greeter();
    const client = createTestClient(worker, {
      answer: ({ key }) => accept(key === "who" ? { name: "Ann" } : { c: 1 }),
    });
    const { content } = await client.callTool("greet", {});
    expect(content).toEqual([{ type: "text", text: 't1 Ann {"c":1}' }]);
    expect(counts).toEqual({ runs: 3, made: 1 });
    client.close();
  });

  it("asks also when the tool's own code caught the suspension", async () => {
    const client = createTestClient(greeter().worker, { answer: () => accept({}) });
    expect(await client.callTool("stubborn", {})).toMatchObject({ content: [{ text: "asked" }] });
    client.close();
  });

  it("takes pages, samples and roots", async () => {
    const client = createTestClient(greeter().worker, {
      answer: ({ method, params }) => {
        if (method === "roots/list") return { roots: [{ uri: "file:///a" }] };
        if (method === "elicitation/create") return { action: String(params["mode"]) && "accept" };
        return { role: "assistant", content: { type: "text", text: "hi" } };
      },
    });
    const { content } = await client.callTool("others", {});
    expect(content).toEqual([{ type: "text", text: 'accept {"type":"text","text":"hi"} 1' }]);
    client.close();
  });

  it("asks again for what does not fit the form", async () => {
    let asked = 0;
    const client = createTestClient(greeter().worker, {
      answer: ({ key }) => accept(key === "who" && (asked += 1) === 1 ? {} : { name: "Bo" }),
    });
    const { content } = await client.callTool("greet", {});
    expect(content).toMatchObject([{ text: expect.stringContaining("Bo") }]);
    expect(asked).toBe(2);
    client.close();
  });

  it("refuses a client that declared nothing, and names what it needs", async () => {
    const client = createTestClient(greeter().worker);
    await expect(client.callTool("greet", {})).rejects.toMatchObject({
      wire: {
        code: WIRE.missingCapability,
        data: { requiredCapabilities: { elicitation: { form: {} } } },
      },
    });
    client.close();
  });

  it("opens a state only for the call it was made for, and not when it was changed", async () => {
    const { worker } = greeter();
    const client = createTestClient(worker, { answer: () => ({}) });
    const first = await client.request("tools/call", { name: "greet", arguments: {} });
    const requestState = String(first["requestState"]);
    const retry = (params: object) =>
      client.request("tools/call", { name: "greet", arguments: {}, requestState, ...params });
    expect(await retry({})).toMatchObject({ resultType: "input_required" });
    const changed = requestState.slice(0, -2) + (requestState.endsWith("AA") ? "BB" : "AA");
    const refused = { wire: { code: WIRE.invalidParams } };
    await expect(retry({ requestState: changed })).rejects.toMatchObject(refused);
    await expect(retry({ requestState: 5 })).rejects.toMatchObject(refused);
    await expect(retry({ arguments: { other: 1 } })).rejects.toMatchObject(refused);
    client.close();
  });

  it("goes on at another replica with the same secret, and not with another", async () => {
    const one = await createStateKeeper(systemClock, "shared");
    const sealed = await one.seal("call", { answers: { a: 1 }, kept: {} });
    const same = await createStateKeeper(systemClock, "shared");
    const other = await createStateKeeper(systemClock, "different");
    expect(await same.open("call", sealed)).toEqual({ answers: { a: 1 }, kept: {} });
    expect(await other.open("call", sealed)).toBeUndefined();
    const late = { ...systemClock, now: () => Date.now() + 2 * 3_600_000 };
    expect(await (await createStateKeeper(late, "shared")).open("call", sealed)).toBeUndefined();
  });
});

describe("asking a session", () => {
  /** A client of an older version that answers with `reply`. */
  function session(version: string, capabilities: object, reply: (asked: object) => object) {
    const { worker, counts } = greeter();
    const link = connectWorker(worker);
    const asked: Record<string, unknown>[] = [];
    const answers = Promise.withResolvers<Record<string, unknown>>();
    const send = (message: object): void =>
      void link.send(JSON.stringify({ jsonrpc: "2.0", ...message }));
    link.onMessage((text) => {
      const message: Record<string, unknown> = JSON.parse(text);
      if (message["id"] === 2) answers.resolve(message);
      if (typeof message["method"] !== "string" || message["id"] === undefined) return;
      asked.push(message);
      send({ id: message["id"], ...reply(message) });
    });
    send({ id: 1, method: "initialize", params: { protocolVersion: version, capabilities } });
    const call = (name: string) => {
      send({ id: 2, method: "tools/call", params: { name, arguments: {} } });
      return answers.promise;
    };
    return { call, asked, counts, close: () => link.close() };
  }

  it("waits for the answer within one run", async () => {
    const one = session("2025-11-25", { elicitation: {} }, () => ({
      result: accept({ name: "Ann" }),
    }));
    const text = 't1 Ann {"name":"Ann"}';
    expect(await one.call("greet")).toMatchObject({ result: { content: [{ text }] } });
    expect(one.counts).toEqual({ runs: 1, made: 1 });
    expect(one.asked[0]).toMatchObject({ params: { mode: "form", message: "Your name?" } });
    one.close();
  });

  it("leaves out what the client's version does not know", async () => {
    const one = session("2025-06-18", { elicitation: {} }, () => ({
      result: { action: "decline" },
    }));
    expect(await one.call("greet")).toMatchObject({ result: { content: [{ text: "Nobody." }] } });
    expect(one.asked[0]?.["params"]).not.toHaveProperty("mode");
    one.close();
  });

  it("tells the model when the client refuses or cannot be asked", async () => {
    const refusing = session("2025-11-25", { elicitation: {} }, () => ({
      error: { code: -1, message: "User rejected" },
    }));
    const refused = expect.stringContaining("User rejected");
    expect(await refusing.call("greet")).toMatchObject({
      result: { isError: true, content: [{ text: refused }] },
    });
    refusing.close();
    const mute = session("2025-11-25", {}, () => ({}));
    const needs = expect.stringContaining("elicitation.form");
    expect(await mute.call("greet")).toMatchObject({
      result: { isError: true, content: [{ text: needs }] },
    });
    mute.close();
  });
});

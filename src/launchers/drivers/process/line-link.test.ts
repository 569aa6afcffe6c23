import { PassThrough } from "node:stream";
import { describe, expect, test, vi } from "vitest";
import { createLineLink, type LineLink } from "./line-link.node.ts";

interface Ends {
  /** What the drone writes. */
  input: PassThrough;
  /** What the drone reads. */
  output: PassThrough;
  line: LineLink;
  faults: unknown[];
}

function ends(maxMessageBytes = 1_000): Ends {
  const input = new PassThrough();
  const output = new PassThrough();
  const faults: unknown[] = [];
  const onListenerError = (error: unknown): void => void faults.push(error);
  const line = createLineLink({ input, output, maxMessageBytes, onListenerError });
  return { input, output, line, faults };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** "waiting" or what became of it. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  let state = "waiting";
  void promise.then(
    () => (state = "resolved"),
    (error: { code: string }) => (state = error.code),
  );
  await settled();
  await settled();
  return state;
}

describe("line link", () => {
  test("sends the messages of one tick in one write", async () => {
    const { line, output } = ends();
    const writes = vi.spyOn(output, "write");
    await Promise.all([line.link.send("1"), line.link.send("2"), line.link.send("3")]);
    await settled();
    expect(writes).toHaveBeenCalledTimes(1);
    expect(String(output.read())).toBe("1\n2\n3\n");
  });

  test("a line break inside a message cannot make two of it", async () => {
    const { line, output } = ends();
    await line.link.send('{"a":1,\r\n"b":2}\n{"method":"evil"}');
    await settled();
    expect(String(output.read()).match(/\n/g)).toHaveLength(1);
  });

  test("makes senders wait while the drone does not read, and lets them go on when it does", async () => {
    const { line, output } = ends(100_000_000);
    const big = "x".repeat(300_000);
    const sent = line.link.send(big);
    expect(await stateOf(sent)).toBe("waiting");
    output.resume();
    await sent;
  });

  test("refuses what a drone that never reads would pile up", async () => {
    const { line } = ends(1_000);
    const chunk = "x".repeat(1_000_000);
    const results: string[] = [];
    for (let at = 0; at < 12; at += 1) results.push(await stateOf(line.link.send(chunk)));
    expect(results.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => "waiting"));
    expect(results.at(-1)).toBe("overloaded");
  });

  test("rejects senders that wait when the link closes, and all after them", async () => {
    const { line } = ends(100_000_000);
    const waiting = line.link.send("x".repeat(300_000));
    line.finish("exited with code 1");
    expect(await stateOf(waiting)).toBe("drone_lost");
    expect(await stateOf(line.link.send("{}"))).toBe("drone_lost");
  });

  test("ends the drone's input after what was sent before", async () => {
    const { line, output } = ends();
    void line.link.send("last words");
    line.link.close();
    const chunks = await output.toArray();
    expect(Buffer.concat(chunks).toString()).toBe("last words\n");
  });

  test("closes at a message beyond the limit, and says so", async () => {
    const { line, input } = ends(2_048);
    input.write("x".repeat(2_049));
    expect(await line.link.closed).toEqual({ reason: "sent a message of more than 2 KB" });
  });

  test("stops reading when nobody listens, and loses nothing", async () => {
    const { line, input } = ends(1_000_000);
    const count = 5_000;
    for (let at = 0; at < count; at += 1) input.write(`{"n":${at}}\n`);
    await settled();
    expect(input.isPaused()).toBe(true);
    const seen: string[] = [];
    line.link.onMessage((text) => seen.push(text));
    input.end();
    await line.inputEnded;
    expect(seen).toEqual(Array.from({ length: count }, (_, at) => `{"n":${at}}`));
  });

  test("a listener that throws harms neither the link nor the process", async () => {
    const { line, input, faults } = ends();
    const seen: string[] = [];
    line.link.onMessage((text) => {
      seen.push(text);
      if (text === "bad") throw new Error("listener");
    });
    input.write("bad\nnot json at all \u0000\ngood\n");
    await settled();
    expect(seen).toEqual(["bad", "not json at all \u0000", "good"]);
    expect(faults).toHaveLength(1);
  });

  test("an error of the pipe is no crash", async () => {
    const { line, input, output } = ends();
    output.destroy(new Error("EPIPE"));
    input.destroy(new Error("ECONNRESET"));
    await line.inputEnded;
    expect(await stateOf(line.link.send("{}"))).toBe("drone_lost");
  });

  test("the first reason stays", async () => {
    const { line } = ends();
    line.finish("exited with code 7");
    line.link.close();
    expect(await line.link.closed).toEqual({ reason: "exited with code 7" });
  });
});

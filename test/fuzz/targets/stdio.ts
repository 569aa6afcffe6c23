/**
 * What a worker may write to its standard output: first contact, answers, questions, rubbish, in odd pieces. In an input
 * `$1` stands for the id of the gateway's first request, and a line `%2$3{}` for a frame of kind 2 that answers the third.
 */
import { PassThrough } from "node:stream";
import { connectUpstream } from "../../../src/gateway/upstream/connect.ts";
import type { Answer, UpstreamClient } from "../../../src/gateway/upstream/contract.ts";
import { createEraMemory } from "../../../src/gateway/upstream/era.ts";
import { createLineLink } from "../../../src/launchers/drivers/process/line-link.node.ts";
import { type FrameKind, frameHeader, FRAMES_LINE } from "../../../src/protocol/frames.ts";
import { isFlotillaError, systemClock } from "../../../src/protocol/index.ts";
import { silentTelemetry } from "../../../src/telemetry/index.ts";
import { Broken, type FuzzTarget, invariant, textOf } from "../target.ts";
import { hurried } from "./hurried.ts";
import { WIRE_WORDS } from "./words.ts";

const MAX_BYTES = 4_096;
const hello = (id: string, version: string): string =>
  `{"jsonrpc":"2.0","id":${id},"result":{"protocolVersion":"${version}","capabilities":{"tools":{},"resources":{"subscribe":true}},"serverInfo":{"name":"w","version":"1"}}}`;
const refused = '{"jsonrpc":"2.0","id":$1,"error":{"code":-32601,"message":"no"}}';
const discovered =
  '{"jsonrpc":"2.0","id":$1,"result":{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"ttlMs":1,"cacheScope":"public"}}';
const called = (id: string): string =>
  `{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"x"}]}}`;
const ask = '{"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{"message":"?"}}';
const progress =
  '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":$3,"progress":1}}';

export const stdio: FuzzTarget = {
  name: "stdio",
  watch: ["/src/gateway/upstream/", "/src/launchers/drivers/", "/src/protocol/"],
  seeds: [
    [refused, hello("$2", "2025-11-25"), called("$3"), ""].join("\n"),
    [refused, hello("$2", "2025-06-18"), ask, progress, called("$3"), ""].join("\r\n"),
    [discovered, progress, called("$2"), ""].join("\n"),
    ["Welcome to my server!", refused, "", hello("$2", "2024-11-05"), called("$3"), ""].join("\n"),
    [hello("$1", "2025-11-25"), called("$2"), '{"jsonrpc":"2.0","id":99,"result":{}}', ""].join(
      "\n",
    ),
    [FRAMES_LINE, discovered, '%2$2{"tools":[]}', "%3$3{}", ""].join("\n"),
    [FRAMES_LINE, discovered, '%2$2{"tools":[', "%1$1{}", '%2$3{}},{"x":1}', ""].join("\n"),
    ['[{"jsonrpc":"2.0","id":1,"result":{}}]', refused, ""].join("\n"),
  ],
  dictionary: [
    ...WIRE_WORDS,
    "\n",
    "\r\n",
    "\n\n",
    '"id":$1',
    '"id":$2',
    '"id":$3',
    "%1$1",
    "%2$2",
    "%3$3",
    FRAMES_LINE,
    '"resultType":"',
  ],
  start: () =>
    Promise.resolve({
      run,
      close: () => Promise.resolve(),
    }),
};

async function run(input: Uint8Array): Promise<void> {
  const from = new PassThrough();
  const to = new PassThrough();
  const ids = idsIn(to);
  const line = createLineLink({
    input: from,
    output: to,
    maxMessageBytes: MAX_BYTES,
    onListenerError: (error) => {
      throw error;
    },
  });
  // As the launcher does when the process has ended.
  void line.inputEnded.then(() => line.finish("ended"));
  const connected = connectUpstream({
    dialled: { kind: "link", link: line.link },
    clock: hurried,
    telemetry: silentTelemetry,
    http: {
      request: () => Promise.reject(new Error("no HTTP here")),
      close: () => Promise.resolve(),
    },
    gateway: { name: "fuzz", version: "1" },
    maxMessageBytes: MAX_BYTES,
    eras: createEraMemory(systemClock),
    eraKey: "w",
    onChange: () => {},
    signal: new AbortController().signal,
  });
  const talk = settled(connected.then(callOnce));
  // Awaited below, after everything is written.
  talk.catch(() => {});
  for (const part of textOf(input).split(/(?<=\n)/)) {
    const bytes = written(part, ids);
    for (let at = 0; at < bytes.length; at += 97) {
      from.write(bytes.subarray(at, at + 97));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  from.end();
  await talk;
  line.destroy();
}

/** The ids of the requests that the gateway writes, as they come. */
function idsIn(stream: PassThrough): string[] {
  const ids: string[] = [];
  stream.on("data", (chunk: Buffer) => {
    for (const [, id = ""] of chunk.toString("latin1").matchAll(/"id":(\d+),"method"/g))
      ids.push(id);
  });
  return ids;
}

function written(part: string, ids: readonly string[]): Buffer {
  const id = (place: string): string => ids[Number(place) - 1] ?? place;
  const frame = /^%([123])\$(\d)(.*)\n$/s.exec(part);
  if (frame === null)
    return Buffer.from(part.replaceAll(/\$(\d)/g, (_, place: string) => id(place)));
  const [, kind, place = "", payload = ""] = frame;
  const body = Buffer.from(payload);
  const header = frameHeader(Number(kind) as FrameKind, body.length, Number(id(place)));
  return Buffer.concat([Buffer.from(header, "latin1"), body]);
}

async function callOnce(client: UpstreamClient): Promise<void> {
  client.want({ resourceUris: ["test://a"] });
  const calls = ["tools/list", "tools/call"].map((method) =>
    client.call({
      method,
      params: { name: "t" },
      client: { principal: "fuzz", capabilities: {} },
      wantsProgress: true,
      signal: new AbortController().signal,
      notify: () => {},
      ask: () => ({ kind: "error", error: { code: -32601, message: "no" } }),
    }),
  );
  await Promise.all(calls.map((call) => settled(call.then(checkAnswer))));
  client.close();
}

/** Whatever a worker wrote, what the gateway would put into an answer of its own is one JSON object. */
function checkAnswer(answer: Answer): void {
  if (answer.kind === "error") return;
  let value: unknown;
  try {
    value = JSON.parse(answer.result.text);
  } catch {
    throw new Broken(`a result that is no JSON: ${answer.result.text.slice(0, 80)}`);
  }
  invariant(typeof value === "object" && value !== null, "a result that is no object");
}

async function settled(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Broken) throw error;
    invariant(isFlotillaError(error), `not typed: ${String(error)}`);
  }
}

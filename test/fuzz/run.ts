/**
 * `npm run fuzz -- --target NAME --seconds N --seed N --publish`: breeds inputs for one target, or for all in turn, ten
 * minutes each. Every target runs in a process of its own, so that a hang can be ended and named from outside. What
 * reached new code is kept in `corpus/`, what broke something as `corpus/<target>/found-*`: both are replayed by
 * `npm test`. `--publish` writes what each run came to into docs/benchmarks/fuzz.md.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { keepInput } from "./engine/corpus.ts";
import { type Figures, publish } from "./engine/page.ts";
import { TARGET_NAMES } from "./targets/index.ts";

const CHILD = join(import.meta.dirname, "engine/child.ts");
/** Silence of a child: longer than a run may last, shorter than anybody's patience. */
const HANG_MS = 30_000;
const LOOK_MS = 1_000;

interface ChildMessage {
  kind: "input" | "report";
  input?: string;
  line?: string;
  ok?: boolean;
  figures?: Figures;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

interface Outcome {
  ok: boolean;
  /** Undefined when the run did not come to its end. */
  figures?: Figures;
}

async function runTarget(target: string, seconds: number, seed: number): Promise<Outcome> {
  const child = spawn(process.execPath, [CHILD, target, String(seconds), String(seed)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let heard = performance.now();
  let input = "";
  let outcome: Outcome = { ok: false };
  child.on("message", (message: ChildMessage) => {
    heard = performance.now();
    if (message.kind === "input") input = message.input ?? "";
    else {
      const { figures } = message;
      outcome = { ok: message.ok === true, ...(figures === undefined ? {} : { figures }) };
      print(`${target.padEnd(8)} ${message.line ?? ""}`);
    }
  });
  const watch = setInterval(() => {
    if (performance.now() - heard < HANG_MS) return;
    const path = keepInput(target, new Uint8Array(Buffer.from(input, "base64")), "found-hang-");
    print(`${target.padEnd(8)} HANG: nothing for ${HANG_MS} ms; one of the inputs near ${path}`);
    outcome = { ok: false };
    child.kill("SIGKILL");
  }, LOOK_MS);
  await once(child, "exit");
  clearInterval(watch);
  return outcome;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      target: { type: "string", multiple: true },
      seconds: { type: "string", default: "600" },
      publish: { type: "boolean", default: false },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
    },
  });
  const chosen = values.target ?? TARGET_NAMES;
  const unknown = chosen.filter((name) => !TARGET_NAMES.includes(name));
  if (unknown.length > 0) {
    print(`No target ${unknown.join(", ")}. There are: ${TARGET_NAMES.join(", ")}.`);
    process.exitCode = 2;
    return;
  }
  print(`seed ${values.seed}`);
  for (const name of chosen) {
    const { ok, figures } = await runTarget(name, Number(values.seconds), Number(values.seed));
    if (!ok) process.exitCode = 1;
    if (values.publish && figures !== undefined) publish(name, Number(values.seconds), figures);
  }
}

await main();

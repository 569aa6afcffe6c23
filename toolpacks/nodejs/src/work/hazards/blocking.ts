/** Calls that stop the event loop until a disk, a child or a hash is done. */
import type { Finding } from "flotilla/worker/review";
import { calleeOf } from "./ast.ts";
import type { Callee, Node, Source } from "./ast.ts";
import type { Calls } from "./calls.ts";

const NODE = new Set([
  "fs",
  "child_process",
  "crypto",
  "zlib",
  "fs-extra",
  "graceful-fs",
  "bcrypt",
  "bcryptjs",
  "better-sqlite3",
]);
/** Quick or without an asynchronous form worth having. */
const FREE = new Set([
  "randomFillSync",
  "hkdfSync",
  "generateKeySync",
  "checkPrimeSync",
  "diffieHellmanSync",
]);

export function blockingFindings(source: Source, calls: Calls): Finding[] {
  return source.nodes
    .filter(({ type }) => type === "CallExpression")
    .flatMap((call): Finding[] => {
      const callee = calleeOf(source, call);
      if (callee === undefined || !blocks(callee)) return [];
      const fn = calls.around(source, call);
      const asynchronous = fn?.async === true;
      if (fn === undefined || (fn.way === undefined && !asynchronous)) return [];
      return [finding(source, call, { callee, way: fn.way, name: fn.name })];
    });
}

function blocks({ module, name, object }: Callee): boolean {
  if (module === undefined && object === "Atomics") return name === "wait";
  if (!name.endsWith("Sync") || FREE.has(name)) return false;
  return module === undefined
    ? object === "fs" || object === "bcrypt"
    : NODE.has(module.split("/")[0] ?? "");
}

function finding(
  source: Source,
  call: Node,
  { callee, way, name }: { callee: Callee; way: readonly string[] | undefined; name: string },
): Finding {
  const { name: called } = callee;
  return {
    rule: way === undefined ? "blocking-in-async" : "blocking-on-request-path",
    severity: way === undefined ? "warning" : "error",
    message:
      way === undefined
        ? `${called} in the async function ${name} blocks the event loop.`
        : `${called} blocks the event loop while a request is answered: all others wait.`,
    location: { file: source.file, ...source.at(call.start) },
    object: called,
    ...(way === undefined ? {} : { evidence: [...way, called].join(" → ") }),
    fix:
      called === "wait"
        ? "Use Atomics.waitAsync."
        : `Use ${called.slice(0, -"Sync".length)} with await (node:fs/promises, promisify), or do it once at start.`,
  };
}

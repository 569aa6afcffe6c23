/** flotilla.yaml → drafts. The schema has vouched for every type before a value comes here. */
import type { FlotillaFile, WorkerEntry } from "./shape.ts";
import { clientDrafts } from "./client-file.ts";
import type { Drafts, RawRun, WorkerDraft } from "./draft.ts";
import { isRecord } from "./draft.ts";
import { isWorkerName, RESERVED_NAMES } from "../../protocol/index.ts";
import { normaliseName } from "./names.ts";
import { problemAt, type Problem } from "./problems.ts";
import type { Source } from "./source.ts";

export function flotillaDrafts(source: Source, file: FlotillaFile): Drafts {
  const drafts: WorkerDraft[] = [];
  const problems: Problem[] = [];
  for (const [name, entry] of Object.entries(file.workers ?? {})) {
    const path = ["workers", name];
    if (RESERVED_NAMES.includes(name)) {
      problems.push(problemAt(source, { path, part: "key", ...reserved(name) }));
      continue;
    }
    if (entry.url !== undefined && entry.env !== undefined) {
      const hint = "Use headers for secrets of a remote server.";
      const message = "a URL starts no program, so env has no meaning";
      problems.push(problemAt(source, { path: [...path, "env"], part: "key", message, hint }));
    }
    if (entry.args !== undefined && entry.command === undefined && entry.image === undefined) {
      const message = "only makes sense together with command or image";
      problems.push(problemAt(source, { path: [...path, "args"], part: "key", message }));
    }
    if (entry.headers !== undefined && entry.url === undefined && entry.openapi === undefined) {
      const message = "only makes sense together with url or openapi";
      problems.push(problemAt(source, { path: [...path, "headers"], part: "key", message }));
    }
    drafts.push({ name, path, origin: "config", run: runOf(entry), ...shape(entry) });
  }
  if (!isRecord(file.mcpServers)) return { drafts, problems, warnings: [] };
  const taken = new Set(drafts.map((draft) => draft.name));
  const pasted = clientDrafts(source, { path: ["mcpServers"], taken });
  return {
    drafts: [...drafts, ...pasted.drafts],
    problems: [...problems, ...pasted.problems],
    warnings: pasted.warnings,
  };
}

function reserved(name: string) {
  return { message: `"${name}" belongs to the fleet itself`, hint: `Try "my-${name}".` };
}

function runOf(entry: WorkerEntry): RawRun {
  const env = entry.env ?? {};
  if (entry.command !== undefined) {
    const { command, args = [], cwd } = entry;
    return { kind: "command", command, args, env, ...(cwd === undefined ? {} : { cwd }) };
  }
  if (entry.image !== undefined) {
    const { image, args = [], container = {} } = entry;
    return { kind: "image", image, args, env, container };
  }
  if (entry.openapi !== undefined) {
    const { openapi: document, baseUrl, headers = {}, auth = {}, operations = {} } = entry;
    const at = baseUrl === undefined ? {} : { baseUrl };
    return { kind: "openapi", document, ...at, headers, auth, operations, env };
  }
  if (entry.url !== undefined) {
    const { url, headers = {}, transport = "auto" } = entry;
    return { kind: "url", url, headers, transport };
  }
  return { kind: "toolpack", toolpack: entry.toolpack ?? "", env };
}

function shape({ naming, scale, limits, place, calls }: WorkerEntry) {
  return {
    ...(naming === undefined ? {} : { naming }),
    ...(scale === undefined ? {} : { scale }),
    ...(limits === undefined ? {} : { limits }),
    ...(place === undefined ? {} : { place }),
    ...(calls === undefined ? {} : { calls }),
  };
}

/** A name that may be used as it is, for those who write entries (`add`, `import`). */
export function checkName(name: string): { hint: string } | undefined {
  if (RESERVED_NAMES.includes(name)) return reserved(name);
  return isWorkerName(name) ? undefined : { hint: `Try "${normaliseName(name)}".` };
}

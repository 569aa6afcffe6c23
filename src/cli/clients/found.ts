/** The servers that the clients on this machine are configured with, in the form of flotilla.yaml. */
import { stat } from "node:fs/promises";
import { clientDrafts, clientListPath } from "../config/client-file.ts";
import type { RawRun } from "../config/draft.ts";
import { isFlotillaError } from "../../protocol/index.ts";
import { readSource } from "../config/source.ts";
import { summarise } from "../config/summary.ts";
import type { Entry } from "../edit-config.ts";
import { importPlaces, type KnownClient, type Place } from "./known.ts";

export interface FoundServer {
  name: string;
  summary: string;
  entry: Entry;
  /** Names of variables and headers whose values stand in the client's file. */
  secrets: string[];
}

export interface FoundFile {
  client: Pick<KnownClient, "id" | "title">;
  file: string;
  servers: FoundServer[];
  /** Entries that cannot be taken over, and why; or why the file cannot be read. */
  notes: string[];
}

/** Files that are there. One that is broken is reported and stops nothing. */
export async function findServers(place: Place, ownUrl: string): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (const { client, file } of importPlaces(place)) {
    const there = await stat(file).catch(() => undefined);
    if (there?.isFile() !== true) continue;
    const read = await readClientFile(file, ownUrl);
    if (read !== undefined) found.push({ client, file, ...read });
  }
  return found;
}

export async function readClientFile(
  file: string,
  ownUrl: string,
): Promise<Pick<FoundFile, "servers" | "notes"> | undefined> {
  try {
    const source = await readSource(file);
    const path = clientListPath(source.value);
    if (path === undefined) return undefined;
    const { drafts, problems, warnings } = clientDrafts(source, { path });
    const notes = [...problems, ...warnings].map(({ path: at, message }) => `${at}: ${message}`);
    const foreign = drafts.filter(({ run }) => !isOurs(run, ownUrl));
    const servers = foreign.map(({ name, run }) => ({ name, ...describe(run) }));
    return { servers, notes };
  } catch (error) {
    if (!isFlotillaError(error)) throw error;
    return { servers: [], notes: [error.message] };
  }
}

/** A fleet that imported itself would call itself for ever. */
function isOurs(run: RawRun, ownUrl: string): boolean {
  const urls = run.kind === "url" ? [run.url] : run.kind === "command" ? run.args : [];
  return urls.some((url) => url === ownUrl || url.startsWith(`${ownUrl}/mcp`));
}

function describe(run: RawRun): Omit<FoundServer, "name"> {
  const summary = summarise(run);
  if (run.kind === "toolpack") return { summary, entry: { toolpack: run.toolpack }, secrets: [] };
  if (run.kind === "openapi") return { summary, entry: { openapi: run.document }, secrets: [] };
  const values = run.kind === "url" ? run.headers : run.env;
  const secrets = Object.entries(values).filter(
    ([, value]) => value !== "" && !value.includes("${"),
  );
  const names = secrets.map(([name]) => name);
  if (run.kind === "url") {
    const { url, headers, transport } = run;
    const entry = {
      url,
      ...filled("headers", headers),
      ...(transport === "auto" ? {} : { transport }),
    };
    return { summary, entry, secrets: names };
  }
  const program = run.kind === "image" ? { image: run.image } : { command: run.command };
  const cwd = run.kind === "command" ? run.cwd : undefined;
  const entry = {
    ...program,
    ...(run.args.length === 0 ? {} : { args: run.args }),
    ...filled("env", run.env),
    ...(cwd === undefined ? {} : { cwd }),
  };
  return { summary, entry, secrets: names };
}

function filled(key: string, values: Record<string, string>): Entry {
  return Object.keys(values).length === 0 ? {} : { [key]: values };
}

/** The values replaced by `${NAME}`: the file may be shared then, and the environment holds the secrets. */
export function withPlaceholders({ entry, secrets }: FoundServer): Entry {
  const replace = (group: unknown): unknown => {
    if (typeof group !== "object" || group === null) return group;
    return Object.fromEntries(
      Object.entries(group).map(([name, value]: [string, unknown]) => [
        name,
        secrets.includes(name) ? `\${${name.toUpperCase().replaceAll(/\W+/g, "_")}}` : value,
      ]),
    );
  };
  const copy = { ...entry };
  if ("env" in copy) copy["env"] = replace(copy["env"]);
  if ("headers" in copy) copy["headers"] = replace(copy["headers"]);
  return copy;
}

/** Every client against every worker through one fleet; each cell is a list of features and what became of them. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { type Flotilla, startFlotilla } from "../journeys/flotilla.ts";
import { waitFor } from "../journeys/wait.ts";
import { CLIENTS, type InteropClient, lacks } from "./clients.ts";
import { type Feature, FEATURES, judge, type Outcomes, type Plan } from "./features.ts";
import { KNOWN } from "./known.ts";
import { type InteropWorker, WORKERS } from "./workers.ts";

export type Verdict =
  | { kind: "passed" }
  /** One side does not have it. */
  | { kind: "none"; why: string }
  | { kind: "known"; why: string }
  | { kind: "failed"; why: string };

export interface Cell {
  client: string;
  worker: string;
  transport: "stdio" | "http";
  version: string;
  verdicts: Record<Feature, Verdict>;
}

export interface Pair {
  client: InteropClient;
  worker: InteropWorker;
}

export const installedPairs = (): Pair[] =>
  WORKERS.filter(({ needs }) => !lacks[needs]).flatMap((worker) =>
    CLIENTS.filter(({ needs }) => !lacks[needs]).map((client) => ({ client, worker })),
  );

export interface Fleet extends AsyncDisposable {
  url(pair: Pair): string;
}

const nameOf = ({ worker, client }: Pair): string =>
  worker.perClient === true ? `${worker.name}-${CLIENTS.indexOf(client)}` : worker.name;

/** One Flotilla with the workers of these pairs; those of HTTP are started here, as others would have started them. */
export async function startFleet(pairs: readonly Pair[]): Promise<Fleet> {
  const servers = new Map<InteropWorker, { child: ChildProcess; url: string }>();
  const config: Record<string, unknown> = {};
  for (const pair of pairs) {
    const { worker } = pair;
    if (worker.transport === "stdio") {
      config[nameOf(pair)] = { command: worker.command, args: worker.args(0) };
    } else {
      const server = servers.get(worker) ?? (await startServer(worker));
      servers.set(worker, server);
      config[nameOf(pair)] = { url: server.url };
    }
  }
  const flotilla: Flotilla = await startFlotilla({
    config: { toolpacks: "none", workers: config },
  });
  return {
    url: (pair) => `${flotilla.url}/mcp/${nameOf(pair)}`,
    async [Symbol.asyncDispose]() {
      await flotilla[Symbol.asyncDispose]();
      for (const { child } of servers.values()) {
        child.kill();
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      }
    },
  };
}

async function startServer(worker: InteropWorker): Promise<{ child: ChildProcess; url: string }> {
  const port = await freePort();
  const env = { ...process.env, ...worker.env?.(port) };
  const child = spawn(worker.command, worker.args(port), { stdio: "ignore", env });
  const url = `http://127.0.0.1:${port}/mcp`;
  await waitFor(() => answers(url), { what: `${worker.name} to listen`, deadlineMs: 60_000 });
  return { child, url };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

const answers = (url: string): Promise<boolean> =>
  fetch(url, { method: "DELETE" }).then(
    () => true,
    () => false,
  );

interface Ran {
  version?: string;
  steps: Outcomes;
  /** The program itself failed. */
  broke?: string;
}

export async function runCell({ client, worker }: Pair, fleet: Fleet): Promise<Cell> {
  const plan: Plan = {};
  const verdicts: Partial<Record<Feature, Verdict>> = {};
  for (const feature of FEATURES) {
    const asked = worker.steps[feature];
    const why = client.cannot[feature] ?? ("cannot" in asked ? asked.cannot : undefined);
    if (why !== undefined) verdicts[feature] = { kind: "none", why };
    else if ("step" in asked) plan[feature] = asked.step;
  }
  const ran: Ran = await client
    .run(fleet.url({ client, worker }), plan)
    .catch((error: unknown) => ({
      steps: {},
      broke: error instanceof Error ? error.message.slice(-400) : String(error),
    }));
  for (const feature of Object.keys(plan) as Feature[]) {
    const asked = worker.steps[feature];
    const wrong =
      ran.broke ?? judge(feature, ran.steps[feature], "said" in asked ? asked.said : /^/);
    verdicts[feature] = verdictOf({ client, worker }, feature, wrong);
  }
  return {
    client: client.name,
    worker: worker.shown,
    transport: worker.transport,
    version: ran.version ?? "",
    verdicts: verdicts as Record<Feature, Verdict>,
  };
}

function verdictOf(pair: Pair, feature: Feature, wrong: string | undefined): Verdict {
  const known = KNOWN.find(
    (entry) =>
      entry.feature === feature &&
      entry.client.test(pair.client.name) &&
      entry.worker.test(pair.worker.name),
  );
  if (known !== undefined) {
    return wrong === undefined
      ? { kind: "failed", why: `works, though known.ts says it does not: ${known.reason}` }
      : { kind: "known", why: known.reason };
  }
  return wrong === undefined ? { kind: "passed" } : { kind: "failed", why: wrong };
}

export const failuresOf = (cell: Cell): string[] =>
  FEATURES.flatMap((feature) => {
    const verdict = cell.verdicts[feature];
    if (verdict.kind !== "failed") return [];
    return [`${cell.client} × ${cell.worker} (${cell.transport}): ${feature}: ${verdict.why}`];
  });

/** The catalogues behind a real router, asked as a model's client would ask it. */
import type { CatalogEntry } from "../../../src/protocol/index.ts";
import { mcpRequest, testFleet } from "../../../src/gateway/testing/fleet.ts";

export interface Catalog {
  verbatim: boolean;
  tools: CatalogEntry[];
}

export interface Asked {
  /** What `tools/list` gives a client, in full and progressive. */
  full: CatalogEntry[];
  meta: CatalogEntry[];
  /** The text that a meta-tool answers with. */
  call(name: string, args: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

export async function askableFleet(catalogs: ReadonlyMap<string, Catalog>): Promise<Asked> {
  const fleet = await testFleet();
  for (const [worker, { verbatim, tools }] of catalogs) {
    await fleet.addWorker(worker, { naming: verbatim ? "verbatim" : "prefixed" });
    await fleet.addCatalog(worker, { tools, capabilities: { tools: {} } });
  }
  const progressive = { kind: "worker" as const, worker: "progressive" };
  const ask = async (
    method: string,
    change: Parameters<typeof fleet.handle>[1],
  ): Promise<string> => {
    const outcome = await fleet.router.handle({ ...mcpRequest(method), ...change });
    if (outcome.kind !== "result") throw new Error(JSON.stringify(outcome));
    return outcome.result.text;
  };
  const list = async (change: Parameters<typeof fleet.handle>[1]): Promise<CatalogEntry[]> => {
    const all: CatalogEntry[] = [];
    let cursor: string | undefined;
    do {
      const params = cursor === undefined ? {} : { cursor };
      const page: { tools: CatalogEntry[]; nextCursor?: string } = JSON.parse(
        await ask("tools/list", { ...change, params }),
      );
      all.push(...page.tools);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return all;
  };
  return {
    full: await list({}),
    meta: await list({ endpoint: progressive }),
    async call(name, args) {
      const params = { name, arguments: args };
      const text = await ask("tools/call", { endpoint: progressive, params });
      const { content }: { content: { text: string }[] } = JSON.parse(text);
      return content[0]?.text ?? "";
    },
    close: () => fleet.router.close(),
  };
}

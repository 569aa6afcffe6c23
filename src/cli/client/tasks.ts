/** Tasks from the operator's side: batches of calls that the fleet makes on its own. */
import {
  isRecord,
  routes,
  type BatchItem,
  type BatchItems,
  type BatchRequest,
  type BatchStatus,
} from "../../protocol/index.ts";

export interface TaskClient {
  /** Resolves when the fleet has taken it in; from there on it needs nobody here. */
  submit(request: BatchRequest): Promise<BatchStatus>;
  list(): Promise<BatchStatus[]>;
  get(id: string): Promise<BatchStatus>;
  cancel(id: string): Promise<BatchStatus>;
  /** What has ended, a page at a time. */
  items(id: string, states: readonly string[]): AsyncGenerator<BatchItem>;
}

export interface Asking {
  /** Rejects with what the API refused it with. */
  ask(path: string, init?: RequestInit & { timeoutMs?: number }): Promise<unknown>;
  notFlotilla(): Error;
}

/** The body may be many megabytes, and all of it is written down before the answer. */
const SUBMIT_TIMEOUT_MS = 120_000;
const PAGE = 500;

export function createTaskClient({ ask, notFlotilla }: Asking): TaskClient {
  const status = (value: unknown): BatchStatus => {
    if (isStatus(value)) return value;
    throw notFlotilla();
  };
  return {
    submit: async (request) =>
      status(
        await ask(routes.tasks(), {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(request),
          timeoutMs: SUBMIT_TIMEOUT_MS,
        }),
      ),
    async list() {
      const answer = await ask(routes.tasks());
      if (!isRecord(answer) || !Array.isArray(answer["tasks"])) throw notFlotilla();
      return answer["tasks"].map(status);
    },
    get: async (id) => status(await ask(routes.task(id))),
    cancel: async (id) => status(await ask(routes.task(id), { method: "DELETE" })),
    async *items(id, states) {
      for (let from: number | undefined = 0; from !== undefined;) {
        const query = new URLSearchParams({ from: String(from), limit: String(PAGE) });
        for (const state of states) query.append("state", state);
        const page: unknown = await ask(`${routes.taskItems(id)}?${query.toString()}`);
        if (!isPage(page)) throw notFlotilla();
        yield* page.items;
        from = page.next;
      }
    },
  };
}

function isStatus(value: unknown): value is BatchStatus {
  if (!isRecord(value) || typeof value["id"] !== "string") return false;
  return typeof value["state"] === "string" && isRecord(value["counts"]);
}

function isPage(value: unknown): value is BatchItems {
  return isRecord(value) && Array.isArray(value["items"]);
}

/** Batches over HTTP; there they are called tasks, as on the command line. */
import type { ItemEnd } from "../../protocol/batches.ts";
import type { ItemQuery } from "../batches/desk.ts";
import { askerOf, invalid, readObject } from "./body.ts";
import { json } from "./respond.ts";
import type { ApiRequest, ApiRoute } from "./route.ts";

/** 100,000 inputs of a few hundred characters. */
const MAX_TASK_BYTES = 32 * 1024 * 1024;
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
const STATES: readonly ItemEnd[] = ["succeeded", "failed", "ambiguous", "skipped"];

export const taskRoutes: readonly ApiRoute[] = [
  {
    path: ["tasks"],
    methods: {
      GET: async ({ batches }) => json({ tasks: await batches.list() }),
      async POST({ batches }, { request }) {
        const body = await readObject(request, MAX_TASK_BYTES);
        const { status, isNew } = await batches.submit(body, askerOf(body));
        return json(status, isNew ? 201 : 200);
      },
    },
  },
  {
    path: ["tasks", "*"],
    methods: {
      GET: async ({ batches }, { name }) => json(await batches.get(name)),
      DELETE: async ({ batches }, { name }) => json(await batches.cancel(name), 202),
    },
  },
  {
    path: ["tasks", "*", "items"],
    methods: {
      GET: async ({ batches }, api) => json(await batches.items(api.name, queryOf(api))),
    },
  },
];

function queryOf({ url }: ApiRequest): ItemQuery {
  const states = url.searchParams.getAll("state").map((name) => {
    const state = STATES.find((known) => known === name);
    if (state === undefined) throw invalid("There is no such state.", `Use ${STATES.join(", ")}.`);
    return state;
  });
  return {
    from: numberOf(url, "from", { least: 0, most: 1_000_000 }) ?? 0,
    limit: numberOf(url, "limit", { least: 1, most: MAX_LIMIT }) ?? DEFAULT_LIMIT,
    states,
  };
}

function numberOf(
  url: URL,
  name: string,
  { least, most }: { least: number; most: number },
): number | undefined {
  const text = url.searchParams.get(name);
  if (text === null) return undefined;
  const number = Number(text);
  if (text !== "" && Number.isInteger(number) && number >= least && number <= most) return number;
  throw invalid(`"${name}" is out of range.`, `Use a whole number from ${least} to ${most}.`);
}

/** Everything of a fleet of one kind, page by page. */
import { unknownFailure } from "../../decisions.ts";
import type { Api, Kind } from "./api.node.ts";
import { listAt, textAt, type Json } from "./json.ts";
import { fleetSelector, selectorOf, type Marks } from "./names.node.ts";

const PAGE = "500";
/** 50,000 objects. */
const MAX_PAGES = 100;

export async function objectsOf(
  api: Api,
  kind: Kind,
  { fleet, marks = {} }: { fleet: string; marks?: Marks },
): Promise<Json[]> {
  const labelSelector = [fleetSelector(fleet), selectorOf(marks)].filter(Boolean).join(",");
  const found: Json[] = [];
  let after = "";
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const query = { labelSelector, limit: PAGE, ...(after !== "" && { continue: after }) };
    const body = await api.must({ kind, query });
    found.push(...listAt(body, "items"));
    after = textAt(body, "metadata", "continue") ?? "";
    if (after === "") return found;
  }
  throw unknownFailure("The namespace holds more objects of this fleet than can be.");
}

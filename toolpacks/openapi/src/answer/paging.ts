/** How an operation gives its results in pages, and what the next page is. */
import {
  isJson,
  member,
  words,
  type Json,
  type Operation,
  type Parameter,
} from "../document/model.ts";
import { deref } from "../document/resolve.ts";

export interface Paging {
  cursor?: Parameter;
  page?: Parameter;
  offset?: Parameter;
  limit?: Parameter;
}

/** Either a whole URL, or arguments that replace the last ones. */
export type NextPage = { url: URL } | { args: Json };

export interface PageFacts {
  args: Json;
  url: URL;
  link: string | undefined;
  value: unknown;
}

const CURSORS =
  /^(cursor|page_?token|after|starting_after|next_?token|continuation_?token|marker|start_?cursor)$/i;
const PAGES = /^(page|page_?number|page_?no|page_?index)$/i;
const OFFSETS = /^(offset|skip|start_?index)$/i;
const LIMITS = /^(limit|per_?page|page_?size|max_?results|count|top|size)$/i;
/** Where answers keep a cursor or the address of the next page: at the top, or in one of these. */
const HOLDERS = words(
  "meta pagination paging page page_info pageInfo response_metadata cursors links _links",
);
const NEXT = words(
  "next_cursor nextCursor next_page_token nextPageToken next_token nextToken " +
    "continuationToken continuation_token endCursor end_cursor nextLink " +
    "@odata.nextLink next_url nextUrl next_page nextPage next after",
);

/** undefined for an operation that shows no sign of pages. */
export function pagingOf(document: Json, operation: Operation): Paging | undefined {
  if (operation.method !== "GET") return undefined;
  const query = operation.parameters.filter((parameter) => parameter.in === "query");
  const find = (names: RegExp) => query.find(({ name }) => names.test(name));
  const [cursor, offset, limit] = [find(CURSORS), find(OFFSETS), find(LIMITS)];
  // A page may be an object or a token; only numbers can be counted up.
  const page = query.find((one) => PAGES.test(one.name) && isNumeric(document, one));
  if (cursor === undefined && page === undefined && offset === undefined && limit === undefined)
    return undefined;
  return {
    ...(cursor === undefined ? {} : { cursor }),
    ...(page === undefined ? {} : { page }),
    ...(offset === undefined ? {} : { offset }),
    ...(limit === undefined ? {} : { limit }),
  };
}

/** What the server says comes first; counting on is only for those that say nothing. */
export function nextPage(paging: Paging, facts: PageFacts): NextPage | undefined {
  const linked = linkNext(facts.link, facts.url);
  if (linked !== undefined) return { url: linked };
  // A Link header without "next" is the last page (RFC 8288).
  if (facts.link !== undefined && /rel="?(prev|first|last)/i.test(facts.link)) return undefined;
  const said = saidNext(facts.value);
  if (said.found) return fromSaid(paging, said.value, facts);
  return counted(paging, facts);
}

function fromSaid(paging: Paging, value: unknown, { args, url }: PageFacts): NextPage | undefined {
  if (typeof value === "number" && paging.page !== undefined) {
    return { args: { ...args, [paging.page.argument]: value } };
  }
  if (typeof value !== "string" || value === "") return undefined;
  const isAddress = /^(https?:\/\/|[/?])/.test(value) && URL.canParse(value, url.href);
  if (isAddress) return sameOrigin(new URL(value, url), url);
  if (paging.cursor === undefined) return undefined;
  return { args: { ...args, [paging.cursor.argument]: value } };
}

/** Another server would get this one's credentials. */
function sameOrigin(next: URL, url: URL): NextPage | undefined {
  return next.origin === url.origin ? { url: next } : undefined;
}

function counted(paging: Paging, { args, value }: PageFacts): NextPage | undefined {
  const items = itemsOf(value);
  if (items === undefined || items.length === 0) return undefined;
  const limit = paging.limit === undefined ? undefined : args[paging.limit.argument];
  if (typeof limit === "number" && items.length < limit) return undefined;
  if (paging.page !== undefined) {
    const { argument, schema } = paging.page;
    const first = member(schema, "default") ?? member(schema, "minimum") ?? 1;
    const now = Number(args[argument] ?? first);
    return Number.isInteger(now) ? { args: { ...args, [argument]: now + 1 } } : undefined;
  }
  if (paging.offset === undefined) return undefined;
  const { argument } = paging.offset;
  const now = Number(args[argument] ?? 0);
  return Number.isInteger(now) ? { args: { ...args, [argument]: now + items.length } } : undefined;
}

/** The list in an answer: the answer itself, or its only list. */
export function itemsOf(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (!isJson(value)) return undefined;
  const lists = Object.values(value).filter((one) => Array.isArray(one));
  return lists.length === 1 ? lists[0] : undefined;
}

/** `<…>; rel="next"` of RFC 8288. */
function linkNext(link: string | undefined, base: URL): URL | undefined {
  for (const [, target = "", parameters = ""] of (link ?? "")
    .slice(0, 8192)
    .matchAll(/<([^<>]*)>([^<]*)/g)) {
    if (!/;\s*rel\s*=\s*"?(?:[^"]*\s)?next[\s",;]?/i.test(`${parameters} `)) continue;
    if (!URL.canParse(target, base.href)) continue;
    const url = new URL(target, base);
    if (url.origin === base.origin) return url;
  }
  return undefined;
}

function saidNext(value: unknown): { found: boolean; value?: unknown } {
  const holders = [value, ...HOLDERS.map((name) => member(value, name))];
  for (const holder of holders.filter(isJson)) {
    const name = NEXT.find((one) => Object.hasOwn(holder, one));
    if (name === undefined) continue;
    const said = holder[name];
    return { found: true, value: isJson(said) ? said["href"] : said };
  }
  return { found: false };
}

function isNumeric(document: Json, { schema }: Parameter): boolean {
  const type = member(deref(document, schema), "type");
  return type === undefined || [type].flat().some((one) => one === "integer" || one === "number");
}

/** The next page as arguments for the model, as far as the URL's query says only what the operation takes. */
export function argumentsOf(next: NextPage, operation: Operation, args: Json): Json | undefined {
  if ("args" in next) return next.args;
  const made: Record<string, unknown> = { ...args };
  for (const [name, text] of next.url.searchParams) {
    const parameter = operation.parameters.find((one) => one.in === "query" && one.name === name);
    if (parameter === undefined) return undefined;
    if (Array.isArray(args[parameter.argument]) || isJson(args[parameter.argument])) continue;
    const types = [member(parameter.schema, "type")].flat();
    const isNumber = types.includes("integer") || types.includes("number");
    made[parameter.argument] =
      isNumber && text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  }
  return made;
}

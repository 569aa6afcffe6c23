/** From what a client names to the worker that has it. */
import { FlotillaError } from "../../protocol/errors.ts";
import { isRecord } from "../../protocol/jsonrpc.ts";
import { unprefixedName } from "../../protocol/names.ts";
import type { WorkerRecord } from "../../protocol/records.ts";
import type { McpRequest } from "../call.ts";
import { ownerOfPage, toolOfPage } from "../catalog/apps.ts";
import { extensionOf, SKILLS_EXTENSION } from "../catalog/extensions.ts";
import type { ListKind } from "../catalog/fetch.ts";
import { literalLength, matchesTemplate, originOf } from "../catalog/uris.ts";
import type { Item, View } from "../catalog/view.ts";
import type { Tables } from "../tables.ts";
import type { Target } from "./forward.ts";
import { didYouMean } from "./suggest.ts";

export interface Scope {
  view: View;
  tables: Tables;
}

/** Undefined when only a worker nobody has met may know the name. Throws `bad_request` when nobody does. */
export type Resolved = Target | undefined;

export function resolve(request: McpRequest, scope: Scope): Resolved {
  const { method, params } = request;
  switch (method) {
    case "tools/call":
      return byName(scope, "tools", params);
    case "prompts/get":
      return byName(scope, "prompts", params);
    case "resources/read":
      return byUri(scope, params);
    case "skills/get":
    case "resources/directory/read":
      return bySkill(scope, method, params);
    default:
      return byReference(scope, params);
  }
}

function byName(
  scope: Scope,
  kind: "tools" | "prompts",
  params: Record<string, unknown>,
): Resolved {
  const name = textOf(params["name"], "name");
  const item = scope.view.find(kind, name);
  if (item !== undefined) return named(scope, { item, kind, params });
  const paged = kind === "tools" ? toolOfPage(scope.view, name) : undefined;
  if (paged !== undefined) return named(scope, { item: paged, kind, params });
  const guess = guessed(scope, name);
  if (guess !== undefined) {
    return { ...guess, params: { ...params, name: guess.name }, isSafe: kind === "prompts" };
  }
  if (scope.view.unknown.length > 0) return undefined;
  throw unknownName(kind === "tools" ? "tool" : "prompt", name, scope.view.lists[kind]);
}

type Named = { item: Item; kind: ListKind; params: Record<string, unknown> };

function named(scope: Scope, { item, kind, params }: Named): Target {
  const { original, definition } = item;
  return {
    worker: workerOf(scope, item.worker),
    params: params["name"] === original ? params : { ...params, name: original },
    name: original,
    isSafe: kind !== "tools" || saysSafe(definition["annotations"]),
    ...(kind === "tools" ? { inputSchema: definition["inputSchema"], definition } : {}),
  };
}

/** Hints of the worker about itself; a fleet whose operator does not trust them can switch nothing on by them. */
function saysSafe(annotations: unknown): boolean {
  if (!isRecord(annotations)) return false;
  return annotations["readOnlyHint"] === true || annotations["idempotentHint"] === true;
}

/** A worker whose lists are unknown still answers to its own endpoint and its own prefix. */
function guessed(scope: Scope, name: string): Pick<Target, "worker" | "name"> | undefined {
  for (const worker of scope.view.unknown) {
    if (scope.view.single !== undefined) return { worker, name };
    const own = worker.naming === "prefixed" ? unprefixedName(worker.name, name) : undefined;
    if (own !== undefined) return { worker, name: own };
  }
  return undefined;
}

function byUri(scope: Scope, params: Record<string, unknown>): Resolved {
  const uri = textOf(params["uri"], "uri");
  const worker = ownerOf(scope, uri);
  if (worker !== undefined) return { worker, params, name: uri, isSafe: true };
  if (scope.view.unknown.length > 0) return undefined;
  const resources = scope.view.lists.resources;
  throw unknownName("resource", uri, resources);
}

/** Skills extension: what has its methods is found by the skill's own URI, or by that of the folder it lies in. */
function bySkill(scope: Scope, method: string, params: Record<string, unknown>): Resolved {
  const having = scope.view.catalogs.filter(
    ({ catalog }) => extensionOf(catalog.capabilities, SKILLS_EXTENSION) !== undefined,
  );
  if (having.length === 0 && scope.view.unknown.length === 0) throw notOffered(method);
  const uri = textOf(params["uri"], "uri");
  const { skills } = scope.view.lists;
  // A skill need not be listed to be had; then the only worker with skills is asked, or whoever has its like.
  const owner =
    scope.view.find("skills", uri)?.worker ??
    skills.find((item) => isWithin(uri, item.original))?.worker ??
    (having.length === 1 ? having[0]?.worker : undefined) ??
    skills.find((item) => originOf(item.original) === originOf(uri))?.worker;
  if (owner !== undefined)
    return { worker: workerOf(scope, owner), params, name: uri, isSafe: true };
  return byUri(scope, params);
}

/** Whether something lies in the folder of a skill, which is named by its SKILL.md. */
function isWithin(uri: string, skill: string): boolean {
  const folder = skill.slice(0, skill.lastIndexOf("/"));
  return uri === folder || uri.startsWith(`${folder}/`);
}

function notOffered(method: string): FlotillaError {
  return new FlotillaError("not_supported", `No worker here offers ${method}.`);
}

/**
 * Listed wins, then whose tools show the page, whose skill it is part of, the template with the most fixed text, then whoever lists URIs of the same scheme and authority,
 * then the only worker with resources. Ties go to the first worker by name.
 */
export function ownerOf(scope: Scope, uri: string): WorkerRecord | undefined {
  const { view } = scope;
  if (view.single !== undefined) return scope.tables.worker(view.single);
  const owner =
    view.find("resources", uri)?.worker ??
    ownerOfPage(view, uri) ??
    view.lists.skills.find((item) => isWithin(uri, item.original))?.worker ??
    bestTemplate(view, uri)?.worker ??
    sameOrigin(view, uri)?.worker ??
    onlyWithResources(view);
  return owner === undefined ? undefined : scope.tables.worker(owner);
}

function bestTemplate(view: View, uri: string): Item | undefined {
  let best: Item | undefined;
  for (const item of view.lists.resourceTemplates) {
    if (!matchesTemplate(item.original, uri)) continue;
    if (best === undefined || literalLength(item.original) > literalLength(best.original))
      best = item;
  }
  return best;
}

function sameOrigin(view: View, uri: string): Item | undefined {
  const origin = originOf(uri);
  if (origin === "") return undefined;
  return view.lists.resources.find((item) => originOf(item.original) === origin);
}

function onlyWithResources(view: View): string | undefined {
  const some = view.catalogs.filter(({ catalog }) => "resources" in catalog.capabilities);
  return some.length === 1 && view.unknown.length === 0 ? some[0]?.worker : undefined;
}

/** completion/complete: the reference names a prompt, or a resource or template (server/utilities/completion). */
function byReference(scope: Scope, params: Record<string, unknown>): Resolved {
  const { ref } = params;
  if (!isRecord(ref)) throw invalid("The ref must be an object.");
  if (ref["type"] === "ref/prompt") {
    const target = byName(scope, "prompts", ref);
    return target && { ...target, params: { ...params, ref: target.params }, isSafe: true };
  }
  const uri = textOf(ref["uri"], "ref.uri");
  const item = scope.view.find("resourceTemplates", uri);
  const worker = item === undefined ? ownerOf(scope, uri) : workerOf(scope, item.worker);
  if (worker !== undefined) return { worker, params, name: uri, isSafe: true };
  if (scope.view.unknown.length > 0) return undefined;
  throw unknownName("resource template", uri, scope.view.lists.resourceTemplates);
}

function workerOf(scope: Scope, name: string): WorkerRecord {
  const worker = scope.tables.worker(name);
  if (worker !== undefined) return worker;
  throw new FlotillaError("worker_unknown", `The worker ${name} is not in the fleet.`, {
    data: { worker: name },
  });
}

function unknownName(what: string, name: string, items: readonly Item[]): FlotillaError {
  const hint = didYouMean(name, namesOf(items));
  const message = `Unknown ${what}: ${name.slice(0, 200)}.`;
  return new FlotillaError("bad_request", message, hint === undefined ? {} : { hint });
}

function* namesOf(items: readonly Item[]): Generator<string> {
  for (const { exposed } of items) yield exposed;
}

function textOf(value: unknown, member: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw invalid(`The ${member} must be a string that is not empty.`);
}

function invalid(message: string): FlotillaError {
  return new FlotillaError("bad_request", message);
}

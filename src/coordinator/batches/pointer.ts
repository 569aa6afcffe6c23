/** JSON pointers (RFC 6901) into the results of steps. */
import { isObject } from "../json.ts";

/** The step that a pointer begins with; undefined for what is no pointer. */
export function stepOf(pointer: string): string | undefined {
  const [, first] = partsOf(pointer) ?? [];
  return first === "" ? undefined : first;
}

/** What a pointer finds in the result of its step; undefined when there is nothing. */
export function pointed(pointer: string, result: unknown): unknown {
  const [, , ...path] = partsOf(pointer) ?? [];
  let here = result;
  for (const part of path) {
    if (Array.isArray(here))
      here = /^(0|[1-9]\d{0,8})$/.test(part) ? here[Number(part)] : undefined;
    else if (isObject(here) && Object.hasOwn(here, part)) here = here[part];
    else return undefined;
  }
  return here;
}

function partsOf(pointer: string): string[] | undefined {
  if (!pointer.startsWith("/")) return undefined;
  return pointer.split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

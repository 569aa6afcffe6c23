/** Modern results and errors in the words of the legacy era. Payloads keep their bytes. */
import type { WireError } from "../../../protocol/jsonrpc.ts";
import { META } from "../../../protocol/meta.ts";
import { elements, members, objectOf } from "../../../protocol/raw-json.ts";
import { WIRE, isModernOnly } from "../../../protocol/wire-errors.ts";

const MODERN_MEMBERS = ["resultType", "ttlMs", "cacheScope"];

/** Throws `RawJsonError` when the text is no object. */
export function downgradeResult(method: string, text: string): string {
  const all = members(text);
  for (const key of MODERN_MEMBERS) all.delete(key);
  dropServerInfo(all);
  if (method === "tools/call") wrapStructured(all);
  if (method === "tools/list") wrapOutputSchemas(all);
  return objectOf(all);
}

function dropServerInfo(all: Map<string, string>): void {
  const meta = all.get("_meta");
  if (meta === undefined || !meta.includes(META.serverInfo)) return;
  const inner = members(meta);
  inner.delete(META.serverInfo);
  if (inner.size === 0) all.delete("_meta");
  else all.set("_meta", objectOf(inner));
}

/** Legacy `structuredContent` is an object; any other value is put into one (SEP-2106 allows any). */
function wrapStructured(all: Map<string, string>): void {
  const value = all.get("structuredContent");
  if (value !== undefined && !value.startsWith("{")) {
    all.set("structuredContent", `{"result":${value}}`);
  }
}

function wrapOutputSchemas(all: Map<string, string>): void {
  const tools = all.get("tools");
  if (tools === undefined || !tools.includes('"outputSchema"')) return;
  all.set("tools", `[${elements(tools).map(legacyTool).join(",")}]`);
}

function legacyTool(tool: string): string {
  const all = members(tool);
  const schema = all.get("outputSchema");
  if (schema === undefined) return tool;
  const inner = members(schema);
  const type = inner.get("type");
  if (type === '"object"') return tool;
  // Without a plain type nobody can say whether a value will be wrapped, so no schema is better than a wrong one.
  if (type === undefined || !type.startsWith('"')) all.delete("outputSchema");
  else all.set("outputSchema", wrappedSchema(inner));
  return objectOf(all);
}

/** Definitions stay at the root, where references from inside (`#/$defs/…`) look for them. */
function wrappedSchema(inner: Map<string, string>): string {
  const outer = new Map<string, string>();
  for (const key of ["$schema", "$defs", "definitions"]) {
    const raw = inner.get(key);
    if (raw === undefined) continue;
    outer.set(key, raw);
    inner.delete(key);
  }
  outer.set("type", '"object"');
  outer.set("properties", `{"result":${objectOf(inner)}}`);
  outer.set("required", '["result"]');
  return objectOf(outer);
}

/** Codes that only modern peers know are our hop's business; the legacy client is told what it means for it. */
export function downgradeError(error: WireError): WireError {
  if (!isModernOnly(error.code)) return error;
  if (error.code === WIRE.missingCapability) {
    return {
      code: WIRE.invalidRequest,
      message:
        `The client did not declare a capability that this call needs. ${error.message}`.trim(),
      ...(error.data === undefined ? {} : { data: error.data }),
    };
  }
  return {
    code: WIRE.internal,
    message: "The gateway and the worker disagree about the protocol.",
    data: { code: "drone_protocol", reason: error.message },
  };
}

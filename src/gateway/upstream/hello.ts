/** Reads what a worker says about itself. Its word is for display and for capabilities, never for security. */
import { isRecord, type RawObject } from "../../protocol/jsonrpc.ts";
import type { Hello } from "./contract.ts";

/** 64 KiB of instructions is more than any model should read. */
const MAX_INSTRUCTIONS = 65_536;

export function objectOf(raw: RawObject): Record<string, unknown> {
  const value: unknown = JSON.parse(raw.text);
  // The codec has proven that a result is one JSON object.
  return isRecord(value) ? value : {};
}

type Identity = Pick<Hello, "serverInfo" | "capabilities" | "instructions">;

export function identityOf(result: Record<string, unknown>, serverInfo: unknown): Identity {
  const info = isRecord(serverInfo) ? serverInfo : undefined;
  const name = typeof info?.["name"] === "string" ? info["name"].slice(0, 200) : "unknown";
  const version = typeof info?.["version"] === "string" ? info["version"].slice(0, 100) : "0";
  const title = info?.["title"];
  const instructions = result["instructions"];
  return {
    serverInfo: {
      name,
      version,
      ...(typeof title === "string" ? { title: title.slice(0, 200) } : {}),
    },
    capabilities: isRecord(result["capabilities"]) ? result["capabilities"] : {},
    ...(typeof instructions === "string"
      ? { instructions: instructions.slice(0, MAX_INSTRUCTIONS) }
      : {}),
  };
}

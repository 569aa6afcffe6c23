/** `up` is written where the parts are put together (src/cli/up); here it only joins the other verbs. */
import type { Command } from "commander";
import { FlotillaError, isRecord } from "../../protocol/index.ts";
import type { Host } from "../host.ts";

/** Not a literal, so that the other verbs work in a package that leaves the composition out. */
const ENTRY: string = "../up/command.ts";
const composed: unknown = await import(ENTRY).catch((error: unknown) => {
  if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") return {};
  throw error;
});

export function register(program: Command, host: Host): void {
  const registerUp = isRecord(composed) ? composed["registerUp"] : undefined;
  if (typeof registerUp === "function") {
    registerUp(program, host);
    return;
  }
  program.command("up").action(() => {
    throw new FlotillaError("not_supported", "`up` is not part of this package.");
  });
}

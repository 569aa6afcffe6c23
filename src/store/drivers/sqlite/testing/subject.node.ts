import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../../protocol/clock.ts";
import type { StoreSubject } from "../../../conformance.ts";
import { createSqliteStore } from "../../sqlite.node.ts";

export interface TemporaryFolder {
  path: string;
  remove: () => void;
}

export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), "flotilla-store-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A store in a folder of its own, which can be opened again and goes with the test. */
export function sqliteSubject(clock: Clock): StoreSubject {
  const folder = temporaryFolder();
  const open = () => createSqliteStore({ folder: folder.path, clock });
  return { store: open(), reopen: async () => open(), dispose: async () => folder.remove() };
}

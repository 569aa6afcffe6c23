/** Checks one worker before it is written into flotilla.yaml, with the same rules that will read it. */
import { FlotillaError } from "../../protocol/index.ts";
import { createCheck } from "./check.ts";
import { checkName, flotillaDrafts } from "./flotilla-file.ts";

/** Throws `bad_request`: the words came from a command line, not from a file. */
export function checkEntry(name: string, entry: Record<string, unknown>): void {
  const bad = checkName(name);
  if (bad !== undefined) {
    throw new FlotillaError(
      "bad_request",
      `"${name.slice(0, 80)}" cannot be a worker's name.`,
      bad,
    );
  }
  const value = { workers: { [name]: entry } };
  const source = { file: "", value, locate: () => ({ line: 1, column: 1 }) };
  const checked = createCheck()(source);
  const problems = checked.problems ?? flotillaDrafts(source, checked.value).problems;
  const [first] = problems;
  if (first === undefined) return;
  const what = first.path.replace(`workers.${name}`, "").replace(/^\./, "");
  const subject = what === "" ? "" : `${what}: `;
  throw new FlotillaError("bad_request", `${subject}${first.message}.`, {
    hint: first.hint ?? "See what a worker may have: `flotilla validate --schema`.",
  });
}

/** What is wrong with a package as others will import it, by publint's rules. */
import type { Result } from "publint";
import type { Finding, Severity } from "flotilla/worker/review";
import { pointerOf } from "../json.ts";
import { about } from "./manifest.ts";
import type { Manifest } from "./manifest.ts";

const SEVERITY: Record<string, Severity> = {
  error: "error",
  warning: "warning",
  suggestion: "info",
};
/** Said by own rules, with a place. */
const OWN = new Set(["USE_ENGINES_NODE", "USE_LICENSE"]);
const FOLDER = "package";

/** `files` by path from the package's folder. */
export async function publishFindings(
  manifest: Manifest,
  files: Readonly<Record<string, string>>,
): Promise<Finding[]> {
  const [{ publint }, { formatMessage }] = await Promise.all([
    import("publint"),
    import("publint/utils"),
  ]);
  const pack = Object.entries(files).map(([path, data]) => ({ name: `${FOLDER}/${path}`, data }));
  const { messages, pkg, problem } = await linted(() =>
    publint({ pkgDir: FOLDER, pack: { files: pack } }),
  );
  if (problem !== undefined)
    return [
      about(manifest, "", {
        rule: "publint-unreadable",
        severity: "error",
        message: "Its fields have shapes that no tool can read.",
        evidence: problem.slice(0, 200),
        fix: "Write main, exports, imports and bin as the documentation of Node.js has them.",
      }),
    ];
  return messages
    .filter(({ code }) => !OWN.has(code))
    .map((message) => {
      const text = formatMessage(message, pkg, { color: false }) ?? message.code;
      return about(manifest, pointerOf(...message.path), {
        rule: `publint-${message.code.toLowerCase().replaceAll("_", "-")}`,
        severity: SEVERITY[message.type] ?? "warning",
        message: text.slice(0, 500),
        ...(message.path.length === 0 ? {} : { object: message.path.join(".") }),
        reference: `https://publint.dev/rules#${message.code.toLowerCase()}`,
      });
    });
}

/** publint expects the shapes it knows; a manifest of others ends it. */
async function linted(lint: () => Promise<Result>): Promise<Result & { problem?: string }> {
  try {
    return await lint();
  } catch (error) {
    return { messages: [], pkg: {}, problem: error instanceof Error ? error.message : "unknown" };
  }
}

/** CommonJS to ES modules. Importing CommonJS from ESM works and the reverse is brittle, so users move before what they use. */
import { posix } from "node:path";
import type { CommonFact } from "./source.ts";
import type { Module, ModuleGraph } from "./graph.ts";
import { batches, folderOf, linesOf, sizeOf } from "./plan-order.ts";
import type { Edit, Plan, Step } from "./plan.ts";

const MAX_EDITS = 200;

const isOld = ({ path, common, esm }: Module): boolean =>
  /\.[cm]?[jt]sx?$/.test(path) &&
  !path.endsWith(".cjs") &&
  !path.endsWith(".cts") &&
  !esm &&
  common.some(({ what }) => what !== "dirname");

export function planEsm(graph: ModuleGraph): Plan {
  const leafFirst = batches(graph, isOld);
  const blockers = [...graph.modules.values()].flatMap(({ path, common }) =>
    common.flatMap(({ what, line, text }) => {
      const message = BLOCKS[what];
      return message === undefined ? [] : [{ file: path, line, message: `${message}: ${text}` }];
    }),
  );
  // The order turns round: in leaf-first order every require of a moved module would have to become import() at once.
  const turned = leafFirst.toReversed();
  const renumbered = new Map(turned.map(({ id }, index) => [id, `step-${index + 1}`]));
  const users = new Map<string, string[]>();
  for (const { id, after } of leafFirst)
    for (const one of after) users.set(one, [...(users.get(one) ?? []), id]);
  const steps = turned.map(({ id, members }): Step => {
    const lines = linesOf(members);
    const risks = new Set(
      members.flatMap(({ common }) => common.flatMap(({ what }) => RISKS[what] ?? [])),
    );
    return {
      id: renumbered.get(id) ?? id,
      title: `Move ${members.length} modules of ${folderOf(members)} to ESM`,
      why: "Whatever imports them is ESM by now; what they import may still be CommonJS.",
      files: members.map(({ path }) => path),
      lines,
      size: sizeOf(lines),
      after: (users.get(id) ?? []).map((one) => renumbered.get(one) ?? one),
      risks: [...risks],
      done: "No require, module.exports or __dirname is left in them, and the tests pass.",
      edits: members.flatMap((one) => editsOf(graph, one)).slice(0, MAX_EDITS),
    };
  });
  return {
    ready: graph.modules.size - leafFirst.reduce((sum, { members }) => sum + members.length, 0),
    steps,
    blockers,
  };
}

const BLOCKS: Partial<Record<CommonFact["what"], string>> = {
  "dynamic-require": "The module is only known at run time; use import() or createRequire",
  "require-cache":
    "ESM has no require.cache or require.resolve; use import.meta.resolve or reload the process",
};
const RISKS: Partial<Record<CommonFact["what"], string>> = {
  "conditional-require":
    "A require inside a function or condition becomes import(), which is asynchronous, or a static import, which always runs.",
  dirname: "__dirname and __filename become import.meta.dirname and import.meta.filename.",
  exports:
    "Users of module.exports = x get x as the default import; check callers that read properties of it.",
};

/** Only lines whose new form is certain. */
function editsOf({ files }: ModuleGraph, { path, common, out }: Module): Edit[] {
  const lines = (files[path] ?? "").split("\n");
  const numbers = [...new Set(common.map(({ line }) => line))];
  return numbers.flatMap((line): Edit[] => {
    const before = lines[line - 1] ?? "";
    const after = rewritten(before, path, [...out.keys()]);
    return after === undefined || after === before ? [] : [{ file: path, line, before, after }];
  });
}

function rewritten(line: string, path: string, targets: readonly string[]): string | undefined {
  const call =
    /^(?:const|let|var)\s+([\w$]+|\{[\w$\s,:]+\})\s*=\s*require\((['"])([^'"]{1,300})\2\);?\s*$/.exec(
      line,
    );
  if (call !== null) {
    const [, names = "", quote = '"', specifier = ""] = call;
    const bound = names.startsWith("{") ? names.replaceAll(/\s*:\s*/g, " as ") : names;
    return `import ${bound} from ${quote}${withEnding(specifier, path, targets)}${quote};`;
  }
  const bare = /^require\((['"])([^'"]{1,300})\1\);?\s*$/.exec(line);
  if (bare !== null)
    return `import ${bare[1]}${withEnding(bare[2] ?? "", path, targets)}${bare[1]};`;
  const whole = /^module\.exports\s*=\s*([^{=].*)$/.exec(line);
  if (whole !== null) return `export default ${whole[1] ?? ""}`;
  const named = /^(?:module\.)?exports\.([\w$]+)\s*=\s*([\w$]+);?\s*$/.exec(line);
  if (named !== null)
    return named[1] === named[2]
      ? `export { ${named[1]} };`
      : `export { ${named[2]} as ${named[1]} };`;
  return undefined;
}

/** ESM demands the ending of a relative file. */
function withEnding(specifier: string, path: string, targets: readonly string[]): string {
  if (!specifier.startsWith(".")) return specifier;
  const base = posix.normalize(posix.join(posix.dirname(path), specifier));
  const target = targets.find(
    (one) => one === base || one.startsWith(`${base}.`) || one.startsWith(`${base}/index.`),
  );
  if (target === undefined) return specifier;
  const relative = posix.relative(posix.dirname(path), target);
  return relative.startsWith(".") ? relative : `./${relative}`;
}

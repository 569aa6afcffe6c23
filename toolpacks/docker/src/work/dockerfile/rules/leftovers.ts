/** What package managers leave in a layer, and packages nobody asked for. */
import { ancestry } from "../model.ts";
import type { DockerfileModel, Instruction, Stage } from "../model.ts";
import type { Edit } from "../../edits.ts";
import type { Report, Rule } from "../reporting.ts";
import { hasFlag } from "../shell.ts";
import type { ShellCommand } from "../shell.ts";
import { mounts, verbOf } from "./packages.ts";

export const leftoverRules: Rule = ({ model, report }) => {
  const kept = new Set(keptStages(model));
  for (const stage of model.stages) {
    for (const run of stage.instructions) {
      if (run.keyword !== "RUN" || run.shell === undefined) continue;
      const { commands } = run.shell;
      if (kept.has(stage)) checkAptLists(run, commands, report);
      for (const command of commands) {
        checkRecommends(command, report);
        checkApkCache(run, command, report);
      }
      for (const cleaner of CLEANERS) {
        if (kept.has(stage)) checkCleaner(run, cleaner, report);
      }
    }
  }
};

/** Layers that end up in an image: those of the last stage, and of stages it starts from. */
export function keptStages(model: DockerfileModel): Stage[] {
  const last = model.stages.at(-1);
  return last === undefined ? [] : ancestry(last);
}

const isInstall = ({ name }: ShellCommand, verb: string | undefined): boolean =>
  ["apt-get", "apt", "aptitude"].includes(name) && verb === "install";

/** Behind the last command of a RUN in shell form. */
export function appended(run: Instruction, command: string): Edit[] {
  const last = run.shell?.commands.at(-1);
  if (run.json !== undefined || run.hasHeredoc || last === undefined) return [];
  return [{ start: run.end, end: run.end, text: ` && \\\n    ${command}` }];
}

function checkAptLists(run: Instruction, commands: readonly ShellCommand[], report: Report): void {
  const update = commands.find(
    (one) => ["apt-get", "apt", "aptitude"].includes(one.name) && verbOf(one)?.value === "update",
  );
  if (update === undefined || mounts(run, /\/var\/lib\/apt/)) return;
  const cleaned = commands.some(
    (one) =>
      one.name === "rm" && one.words.some(({ value }) => value.startsWith("/var/lib/apt/lists")),
  );
  if (cleaned) return;
  const edits = appended(run, "rm -rf /var/lib/apt/lists/*");
  report({
    rule: "apt-lists-left",
    reference: "DL3009",
    severity: "info",
    at: update,
    message: "The package lists (some 20 to 50 MB) stay in the layer.",
    evidence: "apt-get update without rm -rf /var/lib/apt/lists/*",
    fix: "Remove /var/lib/apt/lists/* at the end of the same RUN.",
    ...(edits.length > 0 && { edits }),
  });
}

function checkRecommends(command: ShellCommand, report: Report): void {
  const verb = verbOf(command, ["-t", "-o", "-c"]);
  if (verb === undefined || !isInstall(command, verb.value) || command.name !== "apt-get") return;
  const off = command.words.some(
    ({ value }) =>
      value === "--no-install-recommends" ||
      /^(APT::Install-Recommends=(false|0|no)|-oAPT::Install-Recommends=(false|0|no))$/i.test(
        value,
      ),
  );
  if (off) return;
  report({
    rule: "apt-recommends",
    reference: "DL3015",
    severity: "info",
    at: command,
    message: "Recommended packages come along, often more than was asked for.",
    evidence: `apt-get ${command.words.map(({ value }) => value).join(" ")}`,
    fix: "Add --no-install-recommends.",
    edits: [{ start: verb.end, end: verb.end, text: " --no-install-recommends" }],
  });
}

function checkApkCache(run: Instruction, command: ShellCommand, report: Report): void {
  const verb = verbOf(command);
  if (command.name !== "apk" || verb?.value !== "add" || hasFlag(command, "--no-cache")) return;
  if (mounts(run, /\/var\/cache\/apk|\/etc\/apk\/cache/)) return;
  report({
    rule: "apk-cache",
    reference: "DL3019",
    severity: "info",
    at: command,
    message: "The package index stays in the layer.",
    evidence: `apk ${command.words.map(({ value }) => value).join(" ")}`,
    fix: "Add --no-cache; then apk update is not needed either.",
    edits: [{ start: verb.end, end: verb.end, text: " --no-cache" }],
  });
}

interface Cleaner {
  rule: string;
  reference: string;
  severity: "info" | "warning";
  uses: (command: ShellCommand) => boolean;
  cleans: (command: ShellCommand) => boolean;
  folder: RegExp;
  what: string;
}

const says =
  (...words: string[]) =>
  ({ words: given }: ShellCommand): boolean =>
    words.every((word) => given.some(({ value }) => value === word));
const removes =
  (folder: RegExp) =>
  ({ name, words }: ShellCommand): boolean =>
    name === "rm" && words.some(({ value }) => folder.test(value));

const CLEANERS: readonly Cleaner[] = [
  ...(["yum", "dnf"] as const).map((name): Cleaner => {
    const names = name === "dnf" ? ["dnf", "microdnf"] : ["yum"];
    const folder = new RegExp(`/var/cache/(lib)?${name}`);
    return {
      rule: `${name}-cache`,
      reference: name === "yum" ? "DL3032" : "DL3040",
      severity: "warning",
      uses: (command) => names.includes(command.name) && says("install")(command),
      cleans: (command) =>
        (names.includes(command.name) && says("clean", "all")(command)) || removes(folder)(command),
      folder,
      what: `${name} clean all`,
    };
  }),
  {
    rule: "zypper-cache",
    reference: "DL3036",
    severity: "warning",
    uses: (command) =>
      command.name === "zypper" && (says("install")(command) || says("in")(command)),
    cleans: (command) =>
      (command.name === "zypper" && (says("clean")(command) || says("cc")(command))) ||
      removes(/\/var\/cache\/zypp/)(command),
    folder: /\/var\/cache\/zypp/,
    what: "zypper clean",
  },
  {
    rule: "yarn-cache",
    reference: "DL3060",
    severity: "info",
    uses: (command) => command.name === "yarn" && says("install")(command),
    cleans: (command) => command.name === "yarn" && says("cache", "clean")(command),
    folder: /yarn/,
    what: "yarn cache clean",
  },
];

function checkCleaner(run: Instruction, cleaner: Cleaner, report: Report): void {
  const commands = run.shell?.commands ?? [];
  const used = commands.find(cleaner.uses);
  if (used === undefined || commands.some(cleaner.cleans) || mounts(run, cleaner.folder)) return;
  const edits = appended(run, cleaner.what);
  report({
    rule: cleaner.rule,
    reference: cleaner.reference,
    severity: cleaner.severity,
    at: used,
    message: `${used.name} leaves its cache in the layer.`,
    evidence: `${used.name} without ${cleaner.what}`,
    fix: `Add ${cleaner.what} at the end of the same RUN.`,
    ...(edits.length > 0 && { edits }),
  });
}

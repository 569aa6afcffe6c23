/** What commands in RUN should not do. */
import type { Instruction, Stage } from "../model.ts";
import type { Report, Rule } from "../reporting.ts";
import { hasFlag } from "../shell.ts";
import type { ShellCommand } from "../shell.ts";

const POINTLESS = new Set([
  "free",
  "kill",
  "mount",
  "ps",
  "service",
  "shutdown",
  "ssh",
  "top",
  "vim",
  "ifconfig",
]);
const SHELLS = new Set(["sh", "bash", "ash", "dash", "zsh", "ksh"]);
const FETCHERS = new Set(["curl", "wget"]);

export const shellRules: Rule = ({ model, report }) => {
  for (const stage of model.stages) {
    for (const run of stage.instructions) {
      if (run.keyword !== "RUN" || run.shell === undefined) continue;
      for (const command of run.shell.commands) CHECKS.forEach((check) => check(command, report));
      checkCd(run, run.shell.commands, report);
      checkFetchedScript(run, report);
    }
    checkUnpacking(stage, report);
    checkPipes(stage, report);
    checkBothFetchers(stage, report);
  }
  checkNeighbours(model.instructions, report);
};

type Check = (command: ShellCommand, report: Report) => void;
const CHECKS: readonly Check[] = [
  checkPointless,
  checkSudo,
  checkUseradd,
  checkWget,
  checkShellLink,
  checkMode,
];

function checkPointless(command: ShellCommand, report: Report): void {
  if (!POINTLESS.has(command.name)) return;
  report({
    rule: "pointless-command",
    reference: "DL3001",
    severity: "info",
    at: command,
    message: `${command.name} makes no sense while an image is built.`,
    evidence: command.name,
    fix: "Remove it.",
  });
}

function checkSudo(command: ShellCommand, report: Report): void {
  if (command.name !== "sudo") return;
  report({
    rule: "sudo",
    reference: "DL3004",
    severity: "error",
    at: command,
    message: "sudo behaves unlike a login here, and stays in the image as a way to become root.",
    evidence: `sudo ${command.words[0]?.value ?? ""}`,
    fix: "Use USER root before and USER … after, or gosu in an entry point.",
  });
}

function checkUseradd(command: ShellCommand, report: Report): void {
  if (command.name !== "useradd" || hasFlag(command, "-l", "--no-log-init")) return;
  const at = command.words.findIndex(({ value }) => value === "-u" || value === "--uid");
  const joined = command.words.find(({ value }) => value.startsWith("--uid="))?.value.slice(6);
  const uid = joined ?? (at < 0 ? undefined : command.words[at + 1]?.value);
  if (uid === undefined || !/^\d{6,}$/.test(uid)) return;
  report({
    rule: "useradd-high-uid",
    reference: "DL3046",
    severity: "warning",
    at: command,
    message: `For a user number as high as ${uid}, useradd writes log files of gigabytes.`,
    evidence: `useradd -u ${uid}`,
    fix: "Add -l.",
    edits: [{ start: command.nameEnd, end: command.nameEnd, text: " -l" }],
  });
}

function checkWget(command: ShellCommand, report: Report): void {
  if (command.name !== "wget") return;
  const quiet =
    hasFlag(
      command,
      "--progress",
      "-q",
      "--quiet",
      "-o",
      "--output-file",
      "-a",
      "--append-output",
      "--no-verbose",
    ) || command.words.some(({ value }) => value === "-nv");
  if (quiet || command.words.length === 0) return;
  report({
    rule: "wget-progress",
    reference: "DL3047",
    severity: "info",
    at: command,
    message: "wget fills the build log with its progress bar.",
    evidence: `wget ${command.words.map(({ value }) => value).join(" ")}`,
    fix: "Add --progress=dot:giga.",
    edits: [{ start: command.nameEnd, end: command.nameEnd, text: " --progress=dot:giga" }],
  });
}

function checkShellLink(command: ShellCommand, report: Report): void {
  if (command.name !== "ln" || !command.words.some(({ value }) => value === "/bin/sh")) return;
  report({
    rule: "shell-linked",
    reference: "DL4005",
    severity: "warning",
    at: command,
    message: "/bin/sh is replaced for every program in the image.",
    evidence: `ln ${command.words.map(({ value }) => value).join(" ")}`,
    fix: 'Write SHELL ["/bin/bash", "-c"] instead.',
  });
}

function checkMode(command: ShellCommand, report: Report): void {
  const mode = command.words.find(({ value }) => !value.startsWith("-"))?.value ?? "";
  if (command.name !== "chmod" || !/^(0?777|a\+rwx|ugo\+rwx|[0-7]?777)$/.test(mode)) return;
  report({
    rule: "world-writable",
    reference: "CWE-732",
    severity: "warning",
    at: command,
    message: "Every user in the container may change these files.",
    evidence: `chmod ${command.words.map(({ value }) => value).join(" ")}`,
    fix: "Give only what is needed (755, 644), and own the files: COPY --chown=USER.",
  });
}

function checkCd(run: Instruction, commands: readonly ShellCommand[], report: Report): void {
  const cd = commands.find(({ name }) => name === "cd");
  if (cd === undefined) return;
  report({
    rule: "cd-in-run",
    reference: "DL3003",
    severity: "warning",
    at: cd,
    message: "The folder changes for this RUN only, and is easy to miss.",
    evidence: `cd ${cd.words[0]?.value ?? ""}`,
    fix:
      commands.length === 1
        ? `Write WORKDIR ${cd.words[0]?.value ?? "/"} instead.`
        : "Set WORKDIR above.",
    ...(commands.length === 1 &&
    run.json === undefined &&
    cd.words[0]?.value.startsWith("/") === true
      ? { edits: [{ start: run.start, end: run.end, text: `WORKDIR ${cd.words[0].value}` }] }
      : {}),
  });
}

function checkFetchedScript(run: Instruction, report: Report): void {
  const pipe = run.shell?.pipes.find(
    (names) => FETCHERS.has(names[0] ?? "") && names.slice(1).some((name) => SHELLS.has(name)),
  );
  if (pipe === undefined) return;
  report({
    rule: "fetched-script",
    reference: "CWE-494",
    severity: "warning",
    at: run,
    message: "A script is run as it comes from the network, unseen and unchecked.",
    evidence: pipe.join(" | "),
    fix: "Download it, check its sha256, then run it; or install from a package.",
  });
}

/** An archive copied, then unpacked, is in the image twice. */
function checkUnpacking({ instructions }: Stage, report: Report): void {
  const copied = new Map<string, Instruction>();
  for (const one of instructions) {
    if (one.keyword === "COPY" && !one.flags.some(({ name }) => name === "from")) {
      for (const source of one.args.slice(0, -1)) {
        if (/\.(tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz|zst))$/i.test(source))
          copied.set(baseName(source), one);
      }
    }
    const unpacks =
      one.keyword === "RUN" ? (one.shell?.commands.filter(({ name }) => name === "tar") ?? []) : [];
    const archive = unpacks
      .flatMap(({ words }) => words.map(({ value }) => baseName(value)))
      .find((name) => copied.has(name));
    const copy = copied.get(archive ?? "");
    if (archive === undefined || copy === undefined) continue;
    report({
      rule: "archive-copied-and-unpacked",
      reference: "DL3010",
      severity: "info",
      at: copy,
      object: archive,
      message: `${archive} is copied, then unpacked in line ${one.line}: it is in the image twice.`,
      evidence: `${copy.text}; ${one.text}`,
      fix: "Use ADD, which unpacks local archives.",
    });
  }
}

const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** A pipe's failure counts only with pipefail, which lives in SHELL. */
function checkPipes({ instructions }: Stage, report: Report): void {
  let isSafe = false;
  for (const one of instructions) {
    if (one.keyword === "SHELL") {
      const shell = (one.json ?? []).join(" ");
      isSafe = shell.includes("pipefail") || /pwsh|powershell|cmd/i.test(shell);
    }
    const pipes = one.keyword === "RUN" ? (one.shell?.pipes ?? []) : [];
    const setsIt = one.shell?.commands.some(
      ({ name, words }) => name === "set" && words.some(({ value }) => value === "pipefail"),
    );
    if (isSafe || pipes.length === 0 || setsIt === true) continue;
    report({
      rule: "pipe-without-pipefail",
      reference: "DL4006",
      severity: "warning",
      at: one,
      message: "Only the last part of a pipe decides whether RUN failed.",
      evidence: pipes[0]?.join(" | ") ?? "",
      fix: 'Write SHELL ["/bin/bash", "-o", "pipefail", "-c"] above (/bin/ash on Alpine).',
    });
  }
}

function checkBothFetchers({ instructions }: Stage, report: Report): void {
  const runs = instructions.filter(({ keyword }) => keyword === "RUN");
  const uses = (name: string): Instruction | undefined =>
    runs.find(({ shell }) => shell?.commands.some((one) => one.name === name));
  const curl = uses("curl");
  const wget = uses("wget");
  if (curl === undefined || wget === undefined) return;
  report({
    rule: "curl-and-wget",
    reference: "DL4001",
    severity: "warning",
    at: curl.line > wget.line ? curl : wget,
    message: "The image carries two programs for the same work.",
    evidence: `curl in line ${curl.line}, wget in line ${wget.line}`,
    fix: "Use one of them.",
  });
}

/** Only plain neighbours: what has other flags or its own script stays apart on purpose. */
function checkNeighbours(instructions: readonly Instruction[], report: Report): void {
  let before: Instruction | undefined;
  for (const one of instructions) {
    const isPlain = one.keyword === "RUN";
    if (
      isPlain &&
      before?.keyword === "RUN" &&
      sameFlags(before, one) &&
      isSingle(before) &&
      isSingle(one)
    ) {
      report({
        rule: "neighbouring-runs",
        reference: "DL3059",
        severity: "info",
        at: one,
        message: `This RUN and the one of line ${before.line} make two layers where one would do.`,
        evidence: one.text,
        fix: "Join them with &&.",
      });
    }
    before = one;
  }
}

/** Longer scripts are layers on purpose. */
function isSingle({ shell, hasHeredoc }: Instruction): boolean {
  return !hasHeredoc && (shell?.commands.length ?? 0) <= 1;
}

function sameFlags(a: Instruction, b: Instruction): boolean {
  return JSON.stringify(a.flags) === JSON.stringify(b.flags);
}

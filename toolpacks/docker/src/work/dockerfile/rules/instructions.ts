/** Single instructions by the Dockerfile reference and hadolint's documented rules. */
import type { Instruction, Stage } from "../model.ts";
import { ancestry } from "../model.ts";
import type { Report, Rule } from "../reporting.ts";

const ARCHIVE = /\.(tar|tar\.(gz|bz2|xz|zst|lzma|Z)|tgz|tbz2?|txz|tlz|tzst)$/i;
const isUrl = (text: string): boolean => /^(https?|ftp|git):\/\/|^git@/i.test(text);

export const instructionRules: Rule = ({ model, report }) => {
  for (const one of model.instructions) CHECKS[one.keyword]?.(one, report);
  for (const stage of model.stages) {
    checkEnv(stage, report);
    checkRepeats(stage, report);
    checkCopyTarget(stage, report);
    checkLastUser(stage, model.stages.length - 1, report);
  }
};

type Check = (one: Instruction, report: Report) => void;

const CHECKS: Record<string, Check> = {
  MAINTAINER(one, report) {
    const value = JSON.stringify(one.text.replace(/^["']|["']$/g, ""));
    report({
      rule: "maintainer",
      reference: "DL4000",
      severity: "error",
      at: one,
      message: "MAINTAINER is deprecated.",
      fix: `Write LABEL org.opencontainers.image.authors=${value}`,
      edits: [
        { start: one.start, end: one.end, text: `LABEL org.opencontainers.image.authors=${value}` },
      ],
    });
  },
  WORKDIR(one, report) {
    const path = one.args.join(" ").replace(/^["']|["']$/g, "");
    if (/^([/$]|[A-Za-z]:)/.test(path)) return;
    report({
      rule: "relative-workdir",
      reference: "DL3000",
      severity: "error",
      at: one,
      message: `${path} depends on the folder before it, which a base image can change.`,
      evidence: `WORKDIR ${path}`,
      fix: `Write the whole path: WORKDIR /${path}`,
    });
  },
  EXPOSE(one, report) {
    for (const arg of one.args) {
      const ports = /^(\d+)(?:-(\d+))?(?:\/\w+)?$/.exec(arg);
      if (ports === null) continue;
      if ([ports[1], ports[2]].every((port) => port === undefined || Number(port) <= 65_535))
        continue;
      report({
        rule: "port-out-of-range",
        reference: "DL3011",
        severity: "error",
        at: one,
        message: `${arg} is no port; they go from 0 to 65535.`,
        evidence: arg,
        fix: "Write the port the program listens on.",
      });
    }
  },
  ADD: checkAdd,
  COPY(one, report) {
    const target = one.args.at(-1) ?? "";
    if (one.args.length > 2 && !target.endsWith("/") && !one.hasHeredoc && !target.includes("$")) {
      report({
        rule: "copy-target-no-folder",
        reference: "DL3021",
        severity: "error",
        at: one,
        message: `Several files are copied, but ${target} does not end with /.`,
        evidence: target,
        fix: `Write ${target}/`,
        ...(one.json === undefined && { edits: [{ start: one.end, end: one.end, text: "/" }] }),
      });
    }
  },
  CMD: checkExecForm,
  ENTRYPOINT: checkExecForm,
  ONBUILD(one, report) {
    if (!["ONBUILD", "FROM", "MAINTAINER"].includes(one.trigger ?? "")) return;
    report({
      rule: "onbuild-trigger",
      reference: "DL3043",
      severity: "error",
      at: one,
      message: `${one.trigger} is not allowed behind ONBUILD.`,
      fix: "Remove it.",
    });
  },
  USER(one, report) {
    const user = one.args[0]?.split(":")[0] ?? "";
    if (user === "" || user.includes("$") || /^\d+$/.test(user) || user === "root") return;
    report({
      rule: "user-by-name",
      reference: "DL3066",
      severity: "info",
      at: one,
      object: user,
      message: `Kubernetes cannot tell that ${user} is not root (runAsNonRoot needs a number).`,
      evidence: `USER ${user}`,
      fix: "Write the user's number: USER 10001:10001",
    });
  },
};

function checkAdd(one: Instruction, report: Report): void {
  const sources = one.args.slice(0, -1);
  const plain = sources.filter(
    (source) =>
      !isUrl(source) && !ARCHIVE.test(source) && !source.startsWith("<<") && !source.includes("$"),
  );
  if (plain.length > 0) {
    const only = plain.length === sources.length;
    report({
      rule: "add-for-copy",
      reference: "DL3020",
      severity: "error",
      at: one,
      message: "ADD also fetches and unpacks; COPY does what is meant here.",
      evidence: plain.join(" "),
      fix: "Use COPY.",
      ...(only && { edits: [{ start: one.start, end: one.start + 3, text: "COPY" }] }),
    });
  }
  const fetched = sources.filter((source) => /^https?:\/\//i.test(source));
  if (fetched.length > 0 && !one.flags.some(({ name }) => name === "checksum")) {
    report({
      rule: "add-without-checksum",
      severity: "warning",
      at: one,
      message: "What the address serves tomorrow may be something else.",
      evidence: fetched.join(" "),
      fix: "Add --checksum=sha256:…",
      reference: "CWE-494",
    });
  }
}

function checkExecForm(one: Instruction, report: Report): void {
  if (one.json !== undefined || one.text === "") return;
  const commands = one.shell?.commands ?? [];
  const only = commands.length === 1 ? commands[0] : undefined;
  const isPlain =
    only !== undefined && /^[\w@%+=:,./ -]+$/.test(one.text) && !one.text.includes("=");
  const words = isPlain ? one.text.split(/ +/) : [];
  report({
    rule: "shell-form",
    reference: "DL3025",
    severity: "warning",
    at: one,
    message: `A shell stands between Docker and the program of ${one.keyword}: it does not pass signals on.`,
    evidence: one.text,
    fix: isPlain
      ? `Write ${one.keyword} ${JSON.stringify(words).replaceAll(",", ", ")}`
      : "Write a JSON array of the program and its arguments.",
    ...(isPlain && {
      edits: [
        { start: one.textStart, end: one.end, text: JSON.stringify(words).replaceAll(",", ", ") },
      ],
    }),
  });
}

function checkEnv({ instructions }: Stage, report: Report): void {
  const before = new Set<string>();
  for (const one of instructions) {
    const names = one.pairs.map(({ name }) => name);
    if (one.keyword === "ENV") checkOneEnv(one, { names, before, report });
    if (one.keyword === "ENV" || one.keyword === "ARG") names.forEach((name) => before.add(name));
  }
}

function checkOneEnv(
  one: Instruction,
  { names, before, report }: { names: string[]; before: Set<string>; report: Report },
): void {
  for (const { name, value } of one.pairs) {
    const used = [...(value ?? "").matchAll(/\$\{?(\w+)/g)].map((match) => match[1] ?? "");
    const wrong = used.find(
      (other) => other !== name && names.includes(other) && !before.has(other),
    );
    if (wrong === undefined) continue;
    report({
      rule: "env-refers-to-itself",
      reference: "DL3044",
      severity: "error",
      at: one,
      object: name,
      message: `${name} uses ${wrong} of the same ENV, which is not set there yet.`,
      evidence: `${name}=${value}`,
      fix: `Set ${wrong} in an ENV above.`,
    });
  }
}

const ONCE: Record<string, { rule: string; reference: string; severity: "error" | "warning" }> = {
  HEALTHCHECK: { rule: "healthcheck-twice", reference: "DL3012", severity: "error" },
  CMD: { rule: "cmd-twice", reference: "DL4003", severity: "warning" },
  ENTRYPOINT: { rule: "entrypoint-twice", reference: "DL4004", severity: "error" },
};

function checkRepeats({ instructions }: Stage, report: Report): void {
  const seen = new Map<string, Instruction>();
  for (const one of instructions) {
    const once = ONCE[one.keyword];
    if (once === undefined) continue;
    const before = seen.get(one.keyword);
    seen.set(one.keyword, one);
    if (before === undefined) continue;
    report({
      ...once,
      at: one,
      message: `Only the last ${one.keyword} counts; the one of line ${before.line} does nothing.`,
      fix: `Remove line ${before.line}.`,
    });
  }
}

function checkCopyTarget(stage: Stage, report: Report): void {
  const inherited = ancestry(stage)
    .slice(1)
    .some(({ instructions }) => instructions.some(({ keyword }) => keyword === "WORKDIR"));
  let hasFolder = inherited;
  for (const one of stage.instructions) {
    if (one.keyword === "WORKDIR") hasFolder = true;
    const target = (one.args.at(-1) ?? "").replace(/^["']/, "");
    if (one.keyword !== "COPY" || hasFolder || /^([/$]|[A-Za-z]:)/.test(target)) continue;
    report({
      rule: "copy-without-workdir",
      reference: "DL3045",
      severity: "warning",
      at: one,
      message: `${target} is relative, and no WORKDIR says to what.`,
      evidence: target,
      fix: "Set WORKDIR above, or write the whole path.",
    });
  }
}

function checkLastUser(stage: Stage, last: number, report: Report): void {
  const user = ancestry(stage).flatMap(
    ({ instructions }) => instructions.findLast(({ keyword }) => keyword === "USER") ?? [],
  )[0];
  if (stage.index !== last || user === undefined) return;
  const name = user.args[0]?.split(":")[0];
  if (name !== "root" && name !== "0") return;
  report({
    rule: "last-user-root",
    reference: "DL3002",
    severity: "warning",
    at: user,
    message: "The program will run as root.",
    evidence: user.text,
    fix: "Switch to another user at the end: USER 10001:10001",
  });
}

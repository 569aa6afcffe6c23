/** Package managers inside RUN: pinned versions, no questions, nothing left behind. */
import type { Instruction, Stage } from "../model.ts";
import { hasFlag, plainWords } from "../shell.ts";
import type { ShellCommand, ShellWord } from "../shell.ts";
import type { Report, Rule } from "../reporting.ts";

interface Manager {
  names: readonly string[];
  /** The verbs that install. */
  verbs: readonly string[];
  /** Flags that swallow the word behind them. */
  taking?: readonly string[];
  pin?: { rule: string; reference: string; how: string; isPinned: (word: string) => boolean };
  yes?: { rule: string; reference: string; flags: readonly string[]; insert: string };
}

const isFile = (word: string): boolean => /^(\.{0,2}\/|~|https?:|file:|git\+|git:)/.test(word);
/** A Git address is pinned by `@REF` behind its path. */
const isPinnedFile = (word: string): boolean =>
  isFile(word) && !(word.startsWith("git+") && !word.slice(word.lastIndexOf("/")).includes("@"));
const rpmPinned = (word: string): boolean =>
  word.startsWith("@") ||
  isFile(word) ||
  word.endsWith(".rpm") ||
  /-\d/.test(word) ||
  /[:]\d/.test(word);

const MANAGERS: readonly Manager[] = [
  {
    names: ["apt-get"],
    verbs: ["install"],
    taking: ["-t", "--target-release", "-c", "--config-file", "-o", "--option"],
    pin: {
      rule: "apt-unpinned",
      reference: "DL3008",
      how: "PACKAGE=VERSION",
      isPinned: (word) => word.includes("=") || word.includes("/") || word.endsWith(".deb"),
    },
    yes: {
      rule: "apt-asks",
      reference: "DL3014",
      flags: ["-y", "--yes", "--assume-yes", "-q=2", "-qq"],
      insert: "-y",
    },
  },
  {
    names: ["apk"],
    verbs: ["add"],
    taking: [
      "-t",
      "--virtual",
      "--repository",
      "-X",
      "--repositories-file",
      "-p",
      "--root",
      "--arch",
    ],
    pin: {
      rule: "apk-unpinned",
      reference: "DL3018",
      how: "PACKAGE=VERSION",
      isPinned: (word) => /[=<>~]/.test(word) || word.endsWith(".apk"),
    },
  },
  ...(["yum", "dnf"] as const).map((name): Manager => ({
    names: name === "dnf" ? ["dnf", "microdnf"] : [name],
    verbs: ["install", "groupinstall", "localinstall", "reinstall"],
    pin: {
      rule: `${name}-unpinned`,
      reference: name === "yum" ? "DL3033" : "DL3041",
      how: "PACKAGE-VERSION",
      isPinned: rpmPinned,
    },
    yes: {
      rule: `${name}-asks`,
      reference: name === "yum" ? "DL3030" : "DL3038",
      flags: ["-y", "--assumeyes"],
      insert: "-y",
    },
  })),
  {
    names: ["zypper"],
    verbs: ["install", "in"],
    pin: {
      rule: "zypper-unpinned",
      reference: "DL3037",
      how: "PACKAGE=VERSION",
      isPinned: (word) => /[=<>]/.test(word) || word.endsWith(".rpm"),
    },
    yes: {
      rule: "zypper-asks",
      reference: "DL3034",
      flags: ["-n", "--non-interactive", "-y", "--no-confirm"],
      insert: "-y",
    },
  },
  {
    names: ["gem"],
    verbs: ["install", "i"],
    pin: {
      rule: "gem-unpinned",
      reference: "DL3028",
      how: "GEM:VERSION",
      isPinned: (word) => word.includes(":") || word.endsWith(".gem"),
    },
  },
  {
    names: ["go"],
    verbs: ["install"],
    pin: {
      rule: "go-install-unpinned",
      reference: "DL3062",
      how: "MODULE@VERSION",
      isPinned: (word) =>
        (word.includes("@") && !word.endsWith("@latest")) ||
        isFile(word) ||
        word.startsWith("./") ||
        !word.includes("."),
    },
  },
  {
    names: ["npm"],
    verbs: ["install", "i", "add"],
    taking: [
      "--registry",
      "--prefix",
      "-C",
      "--loglevel",
      "--omit",
      "--include",
      "--cache",
      "--workspace",
      "-w",
    ],
    pin: { rule: "npm-unpinned", reference: "DL3016", how: "PACKAGE@VERSION", isPinned: npmPinned },
  },
];

function npmPinned(word: string): boolean {
  if (/^(git\+|git:|https?:|file:|\.{0,2}\/|~)/.test(word) || /\.(tgz|tar\.gz)$/.test(word)) {
    return !word.startsWith("git") || word.includes("#");
  }
  return word.slice(1).includes("@") || word === ".";
}

export const packageRules: Rule = ({ model, report }) => {
  for (const stage of model.stages) {
    for (const run of stage.instructions) {
      if (run.keyword !== "RUN") continue;
      for (const command of run.shell?.commands ?? []) {
        checkManager(command, report);
        checkGem(command, report);
        checkPip(command, { stage, run, report });
        checkOdd(command, report);
      }
    }
  }
};

/** Where a command's verb stands, with what comes before and behind it. */
export function verbOf(
  command: ShellCommand,
  taking: readonly string[] = [],
): ShellWord | undefined {
  return plainWords(command.words, taking)[0];
}

export function packagesOf(command: ShellCommand, taking: readonly string[] = []): ShellWord[] {
  return plainWords(command.words, taking).slice(1);
}

function checkManager(command: ShellCommand, report: Report): void {
  const manager = MANAGERS.find(({ names }) => names.includes(command.name));
  if (manager === undefined) return;
  const { taking = [], pin, yes } = manager;
  const verb = verbOf(command, taking);
  if (verb === undefined || !manager.verbs.includes(verb.value)) return;
  const packages = packagesOf(command, taking);
  const isGem = command.name === "gem" && hasFlag(command, "-v", "--version");
  const loose = isGem ? [] : packages.filter(({ value }) => pin?.isPinned(value) === false);
  if (pin !== undefined && loose.length > 0 && !(command.name === "gem")) {
    report(unpinned(command, pin, loose));
  }
  const asks =
    yes?.flags.some(
      (flag) => hasFlag(command, flag) || command.words.some(({ value }) => value === flag),
    ) === false;
  if (yes !== undefined && asks) {
    report({
      rule: yes.rule,
      reference: yes.reference,
      severity: "warning",
      at: command,
      message: `${command.name} ${verb.value} asks before it installs, and nobody answers.`,
      evidence: `${command.name} ${command.words.map(({ value }) => value).join(" ")}`,
      fix: `Add ${yes.insert}.`,
      edits: [{ start: verb.end, end: verb.end, text: ` ${yes.insert}` }],
    });
  }
}

function unpinned(
  command: ShellCommand,
  pin: NonNullable<Manager["pin"]>,
  loose: readonly ShellWord[],
): Parameters<Report>[0] {
  const names = loose.map(({ value }) => value);
  return {
    rule: pin.rule,
    reference: pin.reference,
    severity: "warning",
    at: command,
    object: names.slice(0, 10).join(" "),
    message: `${names.length === 1 ? `${names[0]} is` : `${names.length} packages are`} installed in whatever version is there on the day of the build.`,
    evidence: names.join(" "),
    fix: `Write ${pin.how}.`,
  };
}

function checkGem(command: ShellCommand, report: Report): void {
  const pin = MANAGERS.find(({ names }) => names.includes("gem"))?.pin;
  if (command.name !== "gem" || pin === undefined || hasFlag(command, "-v", "--version")) return;
  const verb = verbOf(command)?.value ?? "";
  const loose = packagesOf(command).filter(({ value }) => !pin.isPinned(value));
  if (["install", "i"].includes(verb) && loose.length > 0) report(unpinned(command, pin, loose));
}

const PIP_TAKING = [
  "-r",
  "--requirement",
  "-c",
  "--constraint",
  "-i",
  "--index-url",
  "--extra-index-url",
  "-t",
  "--target",
  "--trusted-host",
  "--prefix",
  "-f",
  "--find-links",
  "-e",
  "--editable",
  "--timeout",
  "--retries",
  "--proxy",
  "--root",
  "--python",
];

function checkPip(
  command: ShellCommand,
  { stage, run, report }: { stage: Stage; run: Instruction; report: Report },
): void {
  const pip = pipWords(command);
  if (pip === undefined) return;
  const [verb, ...packages] = plainWords(pip, PIP_TAKING);
  if (verb?.value !== "install") return;
  const bound = hasFlag(command, "-r", "--requirement", "-c", "--constraint", "-e", "--editable");
  const loose = packages.filter(
    ({ value }) =>
      !/[=<>~!@]/.test(value) &&
      !isPinnedFile(value) &&
      value !== "." &&
      !/\.(whl|tar\.gz|zip)$/.test(value),
  );
  if (loose.length > 0 && !bound) {
    report(
      unpinned(
        command,
        {
          rule: "pip-unpinned",
          reference: "DL3013",
          how: "PACKAGE==VERSION",
          isPinned: () => false,
        },
        loose,
      ),
    );
  }
  if (
    hasFlag(command, "--no-cache-dir") ||
    mounts(run, /\.cache\/pip|\/root\/\.cache/) ||
    pipCacheOff(stage)
  )
    return;
  report({
    rule: "pip-cache",
    reference: "DL3042",
    severity: "warning",
    at: command,
    message: "pip leaves its download cache in the layer.",
    evidence: `pip ${pip.map(({ value }) => value).join(" ")}`,
    fix: "Add --no-cache-dir, or mount a cache: RUN --mount=type=cache,target=/root/.cache/pip",
    edits: [{ start: verb.end, end: verb.end, text: " --no-cache-dir" }],
  });
}

function pipWords(command: ShellCommand): ShellWord[] | undefined {
  if (/^pip[\d.]*$/.test(command.name)) return command.words;
  const [first, second] = command.words;
  const isModule =
    /^python[\d.]*$/.test(command.name) && first?.value === "-m" && second?.value === "pip";
  return isModule ? command.words.slice(2) : undefined;
}

function pipCacheOff({ instructions }: Stage): boolean {
  return instructions.some(
    ({ keyword, pairs }) =>
      (keyword === "ENV" || keyword === "ARG") &&
      pairs.some(
        ({ name, value }) => name === "PIP_NO_CACHE_DIR" && /^(1|true|on|yes)$/i.test(value ?? ""),
      ),
  );
}

export function mounts({ flags }: Instruction, target: RegExp): boolean {
  return flags.some(
    ({ name, value }) =>
      name === "mount" && /type=(cache|tmpfs)/.test(value ?? "") && target.test(value ?? ""),
  );
}

function checkOdd(command: ShellCommand, report: Report): void {
  const verb = verbOf(command)?.value;
  if (command.name === "apt" && verb !== undefined) {
    report({
      rule: "apt-for-people",
      reference: "DL3027",
      severity: "warning",
      at: command,
      message: "apt is made for people at a terminal; its options may change.",
      evidence: `apt ${verb}`,
      fix: "Use apt-get.",
      edits: [{ start: command.nameEnd - 3, end: command.nameEnd, text: "apt-get" }],
    });
  }
  if (command.name === "zypper" && (verb === "dist-upgrade" || verb === "dup")) {
    report({
      rule: "zypper-dist-upgrade",
      reference: "DL3035",
      severity: "warning",
      at: command,
      message: "The whole distribution is upgraded: take a newer base image instead.",
      evidence: `zypper ${verb}`,
      fix: "Remove it and update FROM.",
    });
  }
}

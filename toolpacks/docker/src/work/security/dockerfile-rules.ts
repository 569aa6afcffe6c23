/** What only matters for security in a Dockerfile, beside the linter's rules. */
import { ancestry } from "../dockerfile/model.ts";
import type { Instruction, Stage } from "../dockerfile/model.ts";
import type { Report, Rule } from "../dockerfile/reporting.ts";
import type { ShellCommand } from "../dockerfile/shell.ts";
import { imageName } from "../dockerfile/image-name.ts";

/** Images that do not run as root by themselves. */
const ROOTLESS = /nonroot|rootless|unprivileged|chainguard|bitnami\//i;

const UNVERIFIED =
  /^(--allow-unauthenticated|--allow-untrusted|--nogpgcheck|--no-gpg-checks|--force-yes|--insecure|--no-check-certificate|--trusted-host(=.*)?)$/;
const MANAGER = /^(apt-get|apt|yum|dnf|apk)$/;
const SETUID = /^(u?\+s|[2467]\d{3}|u\+[rwx]*s)$/;

export const dockerfileSecurity: Rule = ({ model, report }) => {
  const last = model.stages.at(-1);
  if (last === undefined) return;
  checkUser(last, report);
  for (const one of model.stages.flatMap(({ instructions }) => instructions)) {
    const commands = one.keyword === "RUN" ? (one.shell?.commands ?? []) : [];
    checkUpdate(one, commands, report);
    for (const command of commands) checkCommand(command, report);
  }
};

function checkUser(last: Stage, report: Report): void {
  const chain = ancestry(last);
  const base = chain.at(-1)?.image ?? "";
  const { name, tag = "" } = imageName(base);
  const hasUser = chain.some(({ instructions }) =>
    instructions.some(({ keyword }) => keyword === "USER"),
  );
  if (hasUser || ROOTLESS.test(`${name}:${tag}`)) return;
  report({
    rule: "user-missing",
    severity: "warning",
    at: last.from,
    message: "No USER is set: the program most likely runs as root.",
    evidence: base,
    fix: "Add USER 10001:10001 before the entry point.",
    reference: "CIS Docker 4.1",
  });
}

function checkUpdate(one: Instruction, commands: readonly ShellCommand[], report: Report): void {
  const [only, ...others] = commands;
  if (only === undefined || others.length > 0) return;
  if (!MANAGER.test(only.name) || only.words[0]?.value !== "update") return;
  report({
    rule: "update-alone",
    severity: "warning",
    at: one,
    message: "The package list comes from the cache from now on: later installs get old packages.",
    evidence: one.text,
    fix: "Update and install in the same RUN.",
    reference: "CIS Docker 4.7",
  });
}

function checkCommand({ name, words, start, end }: ShellCommand, report: Report): void {
  const all = words.map(({ value }) => value);
  if (name === "chmod" && all.some((word) => SETUID.test(word))) {
    report({
      rule: "setuid-made",
      severity: "warning",
      at: { start, end },
      message: "The program runs with its owner's rights, for everyone.",
      evidence: all.join(" "),
      fix: "Leave the setuid bit out.",
      reference: "CIS Docker 4.8",
    });
  }
  const off = all.find((word) => UNVERIFIED.test(word));
  if (off === undefined) return;
  report({
    rule: "unverified-packages",
    severity: "warning",
    at: { start, end },
    message: `${off} takes whatever a stranger on the way puts there.`,
    evidence: `${name} ${all.join(" ")}`,
    fix: `Remove ${off}, and add the key or certificate that is missing.`,
    reference: "CIS Docker 4.11",
  });
}

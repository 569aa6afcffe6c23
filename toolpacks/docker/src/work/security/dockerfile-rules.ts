/** What only matters for security in a Dockerfile, beside the linter's rules. */
import { ancestry } from "../dockerfile/model.ts";
import type { Rule } from "../dockerfile/reporting.ts";
import { imageName } from "../dockerfile/image-name.ts";

/** Images that do not run as root by themselves. */
const ROOTLESS = /nonroot|rootless|unprivileged|chainguard|bitnami\//i;

export const dockerfileSecurity: Rule = ({ model, report }) => {
  const last = model.stages.at(-1);
  if (last === undefined) return;
  const chain = ancestry(last);
  const base = chain.at(-1)?.image ?? "";
  const hasUser = chain.some(({ instructions }) =>
    instructions.some(({ keyword }) => keyword === "USER"),
  );
  const { name, tag = "" } = imageName(base);
  if (!hasUser && !ROOTLESS.test(`${name}:${tag}`)) {
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
  for (const one of model.stages.flatMap(({ instructions }) => instructions)) {
    if (one.keyword !== "RUN") continue;
    const commands = one.shell?.commands ?? [];
    const updates = commands.find(
      ({ name: program, words }) =>
        /^(apt-get|apt|yum|dnf|apk)$/.test(program) && words[0]?.value === "update",
    );
    if (updates !== undefined && commands.length === 1) {
      report({
        rule: "update-alone",
        severity: "warning",
        at: one,
        message:
          "The package list comes from the cache from now on: later installs get old packages.",
        evidence: one.text,
        fix: "Update and install in the same RUN.",
        reference: "CIS Docker 4.7",
      });
    }
    for (const { name: program, words, start, end } of commands) {
      const all = words.map(({ value }) => value);
      if (
        program === "chmod" &&
        all.some((word) => /^(u?\+s|[2467]\d{3}|u\+[rwx]*s)$/.test(word))
      ) {
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
      const off = all.find((word) =>
        /^(--allow-unauthenticated|--allow-untrusted|--nogpgcheck|--no-gpg-checks|--force-yes|--insecure|--no-check-certificate|--trusted-host(=.*)?)$/.test(
          word,
        ),
      );
      if (off !== undefined) {
        report({
          rule: "unverified-packages",
          severity: "warning",
          at: { start, end },
          message: `${off} takes whatever a stranger on the way puts there.`,
          evidence: `${program} ${all.join(" ")}`,
          fix: `Remove ${off}, and add the key or certificate that is missing.`,
          reference: "CIS Docker 4.11",
        });
      }
    }
  }
};

/** Secrets that an image would carry for ever, in its layers or its history. */
import { secretIn, secretName } from "../../secrets.ts";
import type { Rule } from "../reporting.ts";

const PRIVATE_FILE =
  /(^|\/)(\.env(\.(?!example|sample|template|dist|defaults?)[\w.-]+)?|id_(rsa|dsa|ecdsa|ed25519)|\.npmrc|\.netrc|\.pypirc|\.git-credentials|\.docker\/config\.json|\.aws(\/credentials)?|\.ssh|\.kube(\/config)?|credentials\.json|service[-_]account.*\.json|[\w.-]+\.(pem|key|pfx|p12|jks|keystore))\/?$/i;

export const secretRules: Rule = ({ model, report }) => {
  for (const one of model.instructions) {
    if (one.keyword === "ENV" || one.keyword === "ARG") {
      for (const { name, value } of one.pairs) {
        const isPlain = value !== undefined && value !== "" && !value.startsWith("$");
        const kind = isPlain
          ? (secretIn(value) ?? (secretName(name) ? "a value under a secret's name" : undefined))
          : undefined;
        const isAsked = value === undefined && one.keyword === "ARG" && secretName(name);
        if (kind === undefined && !isAsked) continue;
        report({
          rule: isAsked ? "secret-build-argument" : "secret-in-image",
          reference: "CWE-798",
          severity: isAsked ? "warning" : "error",
          at: one,
          object: name,
          message: isAsked
            ? `The value of ${name} stays readable in the image's history.`
            : `Everyone who has the image can read ${name}.`,
          evidence: isAsked ? `ARG ${name}` : `${name}=… (${kind})`,
          fix: `Mount it while building: RUN --mount=type=secret,id=${name.toLowerCase()} …, or hand it over when the container starts.`,
        });
      }
    }
    if (one.keyword !== "COPY" && one.keyword !== "ADD") continue;
    if (one.flags.some(({ name }) => name === "from")) continue;
    for (const source of one.args.slice(0, -1)) {
      if (!PRIVATE_FILE.test(source) || /\.pub$|ca[-_.]|public|cert/i.test(source)) continue;
      report({
        rule: "secret-file-copied",
        reference: "CWE-538",
        severity: "warning",
        at: one,
        object: source,
        message: `${source} looks private and becomes part of the image; removing it later does not help.`,
        evidence: source,
        fix: "Mount it while building (RUN --mount=type=secret), and name it in .dockerignore.",
      });
    }
  }
};

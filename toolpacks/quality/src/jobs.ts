/** The pack's work by name, in the order of the tools. Each job loads its own code, so that an idle drone has paid for none of it. */
import { readCode } from "./lib/inputs.ts";
import type { SecretsInput } from "./tools/code-secrets.ts";

export const jobs = {
  code_secrets: async ({ allow, ignore, nowMs, ...input }: SecretsInput & { nowMs: number }) => {
    const files = await readCode(input, { include: () => true, expected: "any text" });
    const { scanSecrets } = await import("./work/secrets/scan.ts");
    return scanSecrets(files, { nowMs, ...(allow && { allow }), ...(ignore && { ignore }) });
  },
};

export type PackJobs = typeof jobs;

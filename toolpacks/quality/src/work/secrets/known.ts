/** Secrets that have a format of their own, by secretlint's rules. */
import { lintSource } from "@secretlint/core";
import { creator } from "@secretlint/secretlint-rule-preset-recommend";
import type { Candidate } from "./assigned.ts";
import { hasGoodChecksum } from "./entropy.ts";

const PRESET = "@secretlint/secretlint-rule-preset-recommend";

export async function knownSecrets(path: string, text: string): Promise<Candidate[]> {
  const { messages } = await lintSource({
    source: { filePath: path, content: text, ext: endingFor(path), contentType: "text" },
    options: {
      config: { rules: [{ id: PRESET, rule: creator, options: {} }] },
      noPhysicFilePath: true,
    },
  });
  return messages.flatMap((message) =>
    message.type === "message" ? [candidateOf(text, message)] : [],
  );
}

interface KnownMessage {
  ruleId: string;
  messageId: string;
  message: string;
  range: readonly [number, number];
  data?: unknown;
}

function candidateOf(
  text: string,
  { ruleId, messageId, message, range, data }: KnownMessage,
): Candidate {
  const value = secretOf(data) ?? text.slice(...range);
  // Some rules point a little before the secret itself.
  const at = text.indexOf(value, range[0]);
  const start = at === -1 ? range[0] : at;
  const isMadeUp = hasGoodChecksum(value) === false;
  const kind = (message.split(":")[0] ?? message)
    .replace(/^found /i, "")
    .replace(/\(.*$/, "")
    .trim();
  return {
    rule: `${ruleId.replace(/^.*secretlint-rule-/, "")}/${messageId}`,
    severity: isMadeUp ? "info" : "error",
    start,
    end: at === -1 ? range[1] : start + value.length,
    value,
    message: isMadeUp
      ? `${kind}: it has the form, but its checksum is wrong, so it is probably made up.`
      : `${kind} in the text.`,
  };
}

/** Rules hand over the secret as the first text of their data. */
function secretOf(data: unknown): string | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  return Object.entries(data).find(
    ([key, value]) =>
      /^(?:KEY|TOKEN|URI|CREDENTIAL|PASSWORD|.*KEY|.*TOKEN)$/.test(key) &&
      typeof value === "string",
  )?.[1];
}

function endingFor(path: string): string {
  return /\.[^./]{1,20}$/.exec(path)?.[0] ?? "";
}

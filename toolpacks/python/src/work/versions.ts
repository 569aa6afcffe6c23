/** Version specifiers (PEP 440): whether any version can satisfy them all. */
import { satisfies, valid } from "@renovatebot/pep440";

export interface Specifier {
  operator: string;
  version: string;
}

export function specifierText(specifiers: readonly Specifier[]): string {
  return specifiers.map(({ operator, version }) => `${operator}${version}`).join(",");
}

/** False where a library cannot read it. */
export function fits(version: string, specifiers: readonly Specifier[]): boolean {
  if (specifiers.length === 0) return true;
  try {
    // A pre-release that was locked was meant.
    return satisfies(version, specifierText(specifiers), { prereleases: true });
  } catch {
    return false;
  }
}

/**
 * True when some version fits all. Specifiers only change their answer at the versions they name: it is enough to try
 * those, one just above each, and the next one of each length (for `.*` and `~=`).
 */
export function satisfiable(specifiers: readonly Specifier[]): boolean {
  if (specifiers.length === 0 || specifiers.some(({ operator }) => operator === "===")) return true;
  const text = specifierText(specifiers);
  const candidates = ["0", ...specifiers.flatMap(({ version }) => around(version)), "99999"];
  return candidates.some((one) => {
    try {
      return valid(one) !== null && satisfies(one, text, { prereleases: true });
    } catch {
      return false;
    }
  });
}

function around(version: string): string[] {
  const plain = version.replace(/\.\*$/, "");
  const numbers = /^\d+(?:\.\d+)*/.exec(plain)?.[0].split(".").map(Number) ?? [];
  const bumped = numbers.map((_, length) =>
    numbers
      .slice(0, length + 1)
      .map((part, at) => (at === length ? part + 1 : part))
      .join("."),
  );
  return [plain, `${numbers.join(".")}.0.1`, `${plain}.post1`, ...bumped];
}

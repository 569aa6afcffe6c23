/** `$NAME`, `${NAME}`, `${NAME:-default}` and their kin in the values of a Compose file. */
import type { Finding } from "flotilla/worker/review";
import { isDict } from "../values.ts";
import type { Path, YamlDocument } from "../yaml-text.ts";

const VARIABLE =
  /\$(?:\$|\{([A-Za-z_]\w*)(?:(:?[-?+])([^{}]*(?:\$\{[^{}]*\}[^{}]*)?))?\}|([A-Za-z_]\w*))/g;

type Variables = Readonly<Record<string, string>>;

/** The document's value with variables filled in. What nobody sets stays as it is written, and is reported. */
export function interpolate(
  document: YamlDocument,
  variables: Variables,
  problems: Finding[],
): unknown {
  const told = new Set<string>();
  const missing = (name: string, path: Path, words: string | undefined): void => {
    if (told.has(name)) return;
    told.add(name);
    problems.push({
      rule: "variable-not-set",
      severity: "info",
      message:
        words === undefined || words === ""
          ? `${name} has no default: without it Compose puts nothing there.`
          : `${name} must be set: ${words}.`,
      location: document.place(path),
      object: name,
      evidence: `\${${name}}`,
      fix: `Give a default (\${${name}:-value}), set it in .env, or pass it in variables.`,
    });
  };
  const fill = (value: string, path: Path): string =>
    value.replace(VARIABLE, (...found: unknown[]) => {
      const [whole = "", braced, operator, operand = "", bare] = found.map((one) =>
        typeof one === "string" ? one : undefined,
      );
      if (whole === "$$") return "$";
      const name = braced ?? bare ?? "";
      const known = Object.hasOwn(variables, name) ? variables[name] : undefined;
      const counts =
        operator?.startsWith(":") === true
          ? known !== undefined && known !== ""
          : known !== undefined;
      if (operator?.endsWith("+") === true) return counts ? operand : "";
      if (counts) return known ?? "";
      if (operator?.endsWith("-") === true)
        return operand.includes("${") ? fill(operand, path) : operand;
      missing(name, path, operator?.endsWith("?") === true ? operand : undefined);
      return whole;
    });
  const walk = (value: unknown, path: Path): unknown => {
    if (typeof value === "string") return value.includes("$") ? fill(value, path) : value;
    if (Array.isArray(value)) return value.map((one, index) => walk(one, [...path, index]));
    if (!isDict(value)) return value;
    const result: Record<string, unknown> = Object.create(null);
    for (const [key, one] of Object.entries(value)) result[key] = walk(one, [...path, key]);
    return result;
  };
  return walk(document.value, []);
}

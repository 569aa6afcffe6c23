/**
 * `${NAME}`, `${NAME:-default}` and the placeholders of MCP clients (`${env:NAME}`, `${userHome}`, …). What is
 * missing is named; values never enter a message. `$${` is a literal `${`.
 */

export interface Variables {
  env: Readonly<Record<string, string | undefined>>;
  /** What `${workspaceFolder}` stands for. */
  folder: string;
  home: string;
}

export type Fault =
  | { kind: "missing"; name: string }
  /** An editor would ask its user for this one. */
  | { kind: "input"; name: string }
  | { kind: "syntax"; text: string };

export interface Expanded {
  text: string;
  faults: Fault[];
}

/** One level, no nesting: linear in the text whatever it holds. */
const PLACEHOLDER = /\$\$\{|\$\{([^{}]*)\}/g;
const NAME = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

export function hasPlaceholder(text: string): boolean {
  return text.includes("${");
}

export function expand(text: string, variables: Variables): Expanded {
  const faults: Fault[] = [];
  if (!hasPlaceholder(text)) return { text, faults };
  const expanded = text.replaceAll(PLACEHOLDER, (whole: string, inside: string | undefined) => {
    if (inside === undefined) return "${";
    const value = resolve(inside, variables);
    if (typeof value === "string") return value;
    faults.push(value);
    return whole;
  });
  return { text: expanded, faults };
}

function resolve(inside: string, variables: Variables): string | Fault {
  const known = editorVariable(inside, variables);
  if (known !== undefined) return known;
  if (inside.startsWith("input:")) return { kind: "input", name: inside.slice("input:".length) };
  const match = NAME.exec(inside);
  if (match?.[1] === undefined) return { kind: "syntax", text: inside.slice(0, 40) };
  const value = variables.env[match[1]];
  const fallback = match[2];
  // As in a POSIX shell, `:-` also covers a variable that is set but empty.
  if (fallback !== undefined) return value === undefined || value === "" ? fallback : value;
  return value ?? { kind: "missing", name: match[1] };
}

/** https://code.visualstudio.com/docs/reference/variables-reference; Cursor knows the same. */
function editorVariable(name: string, { folder, home }: Variables): string | undefined {
  if (name === "workspaceFolder") return folder;
  if (name === "workspaceFolderBasename") return folder.split(/[/\\]/).findLast((p) => p !== "");
  if (name === "userHome") return home;
  if (name === "pathSeparator" || name === "/") return folder.includes("\\") ? "\\" : "/";
  return undefined;
}

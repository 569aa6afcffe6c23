/** Stand-ins for installed packages: knip asks them for the names of their commands and their peers. */
interface Manifest {
  bin?: unknown;
  peerDependencies?: unknown;
  peerDependenciesMeta?: unknown;
}

/** Commands that are not named as their package. With a package-lock.json they need not be known. */
const COMMANDS: Readonly<Record<string, string[]>> = {
  typescript: ["tsc", "tsserver"],
  "@angular/cli": ["ng"],
  "@playwright/test": ["playwright"],
  "@storybook/cli": ["storybook", "sb"],
  "@vue/cli-service": ["vue-cli-service"],
  "npm-run-all": ["npm-run-all", "run-p", "run-s"],
  "npm-run-all2": ["npm-run-all", "run-p", "run-s"],
  "ts-node": ["ts-node", "ts-node-esm"],
  "@babel/cli": ["babel"],
  "@babel/node": ["babel-node"],
  "postcss-cli": ["postcss"],
  "tailwindcss-cli": ["tailwindcss"],
  "react-scripts": ["react-scripts"],
  "webpack-cli": ["webpack", "webpack-cli"],
};
const KINDS = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
const NAME = /^(?:@[\w.~-]+\/)?[\w~-][\w.~-]*$/;
const MAX_STUBS = 2_000;

export function stubsFor(
  files: readonly (readonly [path: string, text: string])[],
): [path: string, text: string][] {
  const texts = new Map(files);
  const locked = recordOf(recordOf(parsed(texts.get("package-lock.json")))["packages"]);
  const names = new Set(
    files
      .filter(([path]) => /(?:^|\/)package\.json$/.test(path) && !path.includes("node_modules/"))
      .flatMap(([, text]) => namesOf(recordOf(parsed(text)))),
  );
  const stubs = [...names]
    .filter((name) => NAME.test(name))
    .slice(0, MAX_STUBS)
    .map((name): [string, string] => [
      `node_modules/${name}/package.json`,
      JSON.stringify({ name, version: "0.0.0", ...factsOf(name, locked) }),
    ]);
  return texts.has("package.json")
    ? stubs
    : [["package.json", '{"name":"code","private":true}'], ...stubs];
}

function namesOf(manifest: Record<string, unknown>): string[] {
  return KINDS.flatMap((kind) => Object.keys(recordOf(manifest[kind])));
}

function factsOf(name: string, locked: Record<string, unknown>): Manifest {
  const known: Manifest | undefined = recordOrNone(locked[`node_modules/${name}`]);
  if (known !== undefined) {
    const { bin, peerDependencies, peerDependenciesMeta } = known;
    return { bin, peerDependencies, peerDependenciesMeta };
  }
  const commands = COMMANDS[name] ?? [name.replace(/^@[^/]+\//, "")];
  return { bin: Object.fromEntries(commands.map((one) => [one, "./bin.js"])) };
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "{}");
  } catch {
    return {};
  }
}

function recordOrNone(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null ? { ...value } : undefined;
}

function recordOf(value: unknown): Record<string, unknown> {
  return recordOrNone(value) ?? {};
}

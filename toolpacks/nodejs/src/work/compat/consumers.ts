/** Who imports packages, and by which conditions each of them chooses among `exports`. */

export interface Consumer {
  id: string;
  /** In the order of preference; `default` always counts. */
  conditions: readonly string[];
  kind: "import" | "require";
  /** The fields it reads where there are no `exports`. */
  fields: readonly string[];
  /** It adds endings and index files to paths in those fields and to subpaths. */
  guesses: boolean;
  /** It reads both module systems, whatever a file's ending says. */
  lenient: boolean;
}

const BUNDLER = { fields: ["browser", "module", "main"], guesses: true, lenient: true } as const;

/**
 * node: https://nodejs.org/api/packages.html#conditional-exports · webpack: https://webpack.js.org/guides/package-exports ·
 * Deno, Bun, workerd: the lists of their own documentation, 2026.
 */
export const CONSUMERS: readonly Consumer[] = [
  {
    id: "node-import",
    conditions: ["node", "import", "module-sync"],
    kind: "import",
    fields: ["main"],
    guesses: false,
    lenient: false,
  },
  {
    id: "node-require",
    conditions: ["node", "require", "module-sync"],
    kind: "require",
    fields: ["main"],
    guesses: true,
    lenient: false,
  },
  { id: "bundler-import", conditions: ["browser", "module", "import"], kind: "import", ...BUNDLER },
  {
    id: "bundler-require",
    conditions: ["browser", "module", "require"],
    kind: "require",
    ...BUNDLER,
  },
  {
    id: "deno",
    conditions: ["deno", "node", "import", "module-sync"],
    kind: "import",
    fields: ["main"],
    guesses: false,
    lenient: false,
  },
  {
    id: "bun",
    conditions: ["bun", "node", "import"],
    kind: "import",
    fields: ["module", "main"],
    guesses: true,
    lenient: true,
  },
  {
    id: "workerd",
    conditions: ["workerd", "worker", "browser", "import"],
    kind: "import",
    fields: ["browser", "module", "main"],
    guesses: true,
    lenient: true,
  },
  {
    id: "react-native",
    conditions: ["react-native", "require"],
    kind: "require",
    fields: ["react-native", "browser", "main"],
    guesses: true,
    lenient: true,
  },
];

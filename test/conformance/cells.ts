/** The matrix: which worker, reached how, judged by which edition of the official suite. */

export const WORKERS = ["modern-http", "legacy-http", "modern-stdio", "legacy-stdio"] as const;
export type WorkerKind = (typeof WORKERS)[number];

/** `direct` is the fixture without a gateway: the oracle that says what the suite itself can pass. */
export const ENDPOINTS = ["direct", "aggregate", "worker"] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

export interface Edition {
  name: string;
  /** The folder under `node_modules`: two published lines are installed side by side. */
  line: "conformance-0.2" | "conformance-0.1";
  args: readonly string[];
  /** Its scenarios need a server of that era when there is no bridge in between. */
  era: "modern" | "legacy";
  /** The revision that says which scenarios count; without it all that are run do. */
  scoredBy?: string;
  /** Ran one by one with `--force`: the suite's scenarios that belong to no version. */
  scenarios?: readonly string[];
}

const SKILLS = [
  "sep-2640-skills-enumeration",
  "sep-2640-skills-directory",
  "sep-2640-skills-manifest",
];

export const EDITIONS: readonly Edition[] = [
  {
    name: "2026-07-28",
    line: "conformance-0.2",
    args: ["--requirements", "2026-07-28"],
    scoredBy: "2026-07-28",
    era: "modern",
  },
  {
    name: "skills",
    line: "conformance-0.2",
    args: ["--spec-version", "2026-07-28", "--force"],
    era: "modern",
    scenarios: SKILLS,
  },
  {
    name: "2025-11-25",
    line: "conformance-0.2",
    args: ["--requirements", "2025-11-25"],
    scoredBy: "2025-11-25",
    era: "legacy",
  },
  {
    name: "2025-06-18",
    line: "conformance-0.2",
    args: ["--spec-version", "2025-06-18"],
    era: "legacy",
  },
  { name: "0.1.16", line: "conformance-0.1", args: ["--suite", "active"], era: "legacy" },
];

export interface Cell {
  worker: WorkerKind;
  endpoint: Endpoint;
  edition: Edition;
}

export const nameOf = ({ worker, endpoint, edition }: Cell): string =>
  `${worker} / ${endpoint} / ${edition.name}`;

/** Without a gateway only HTTP can be asked, and only in the fixture's own era. */
function exists({ worker, endpoint, edition }: Cell): boolean {
  return endpoint !== "direct" || worker === `${edition.era}-http`;
}

export function allCells(): Cell[] {
  const all = WORKERS.flatMap((worker) =>
    ENDPOINTS.flatMap((endpoint) => EDITIONS.map((edition) => ({ worker, endpoint, edition }))),
  );
  return all.filter(exists);
}

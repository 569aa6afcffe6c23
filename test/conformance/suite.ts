/** Runs the official suite as a program of its own and reads what it wrote about each scenario. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import type { Edition } from "./cells.ts";

const HERE = import.meta.dirname;
const RUN_LIMIT_MS = 180_000;
const SCENARIO_LIMIT_MS = 20_000;
const MAX_OUTPUT_CHARS = 4_000_000;

export const installed = existsSync(join(HERE, "node_modules/conformance-0.2/package.json"));
export const INSTALL_HINT = "run npm ci --prefix test/conformance";

export interface Scenario {
  name: string;
  outcome: "passed" | "failed" | "skipped";
  scored: boolean;
  /** What was wrong, in the suite's words. */
  failures: string[];
  /** What the specification only recommends. */
  warnings: string[];
}

interface Check {
  id: string;
  status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO";
  errorMessage?: string;
}

interface Requirements {
  server: string[];
  client: string[];
}

function scoredIn({ line, scoredBy }: Edition, leg: "server" | "client"): Set<string> | undefined {
  if (scoredBy === undefined) return undefined;
  const file = join(HERE, "node_modules", line, "requirements", `${scoredBy}.yaml`);
  return new Set((parse(readFileSync(file, "utf8")) as Requirements)[leg]);
}

export interface SuiteRun {
  edition: Edition;
  leg: "server" | "client";
  /** `--url …` or `--command …`. */
  target: readonly string[];
  env?: Record<string, string>;
}

export async function runSuite(run: SuiteRun): Promise<Scenario[]> {
  const { edition, leg, target, env } = run;
  const { args, scenarios } = edition;
  const folder = mkdtempSync(join(tmpdir(), "flotilla-conformance-"));
  try {
    const sets = scenarios?.map((scenario) => ["--scenario", scenario]) ?? [[]];
    const timeout =
      edition.line === "conformance-0.2" ? ["--timeout", String(SCENARIO_LIMIT_MS)] : [];
    let output = "";
    for (const set of sets) {
      const all = [leg, ...target, ...args, ...set, ...timeout, "-o", folder];
      output += await start(edition.line, all, env);
    }
    const found = collect(folder, leg, scoredIn(edition, leg));
    if (found.length === 0) throw new Error(`The suite reported nothing:\n${output.slice(-2000)}`);
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Its exit code says nothing that the results do not say better. */
function start(line: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const main = join(HERE, "node_modules", line, "dist/index.js");
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let output = "";
  const keep = (chunk: string): void => {
    output = (output + chunk).slice(-MAX_OUTPUT_CHARS);
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  const limit = setTimeout(() => child.kill("SIGKILL"), RUN_LIMIT_MS);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => {
      clearTimeout(limit);
      resolve(output);
    });
  });
}

/** Added by the suite to every scenario that sent something. */
const SCHEMA_CHECK = "wire-schema-valid";
const STAMP = /-\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}Z$/;

function collect(folder: string, leg: string, scored: Set<string> | undefined): Scenario[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith("/checks.json"));
  return files
    .map((path): Scenario => {
      const label = path.slice(0, -"/checks.json".length).replace(STAMP, "");
      const name = leg === "server" ? label.replace(/^server-/, "") : label;
      const checks = JSON.parse(readFileSync(join(folder, path), "utf8")) as Check[];
      return judge(name, checks, scored?.has(name) ?? true);
    })
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

function judge(name: string, checks: Check[], scored: boolean): Scenario {
  const words = (status: Check["status"]): string[] =>
    checks
      .filter((check) => check.status === status)
      .map((check) => `${check.id}: ${check.errorMessage ?? "no message"}`);
  const failures = words("FAILURE");
  // Well-formed messages alone prove nothing about the scenario.
  const succeeded = checks.some(({ id, status }) => status === "SUCCESS" && id !== SCHEMA_CHECK);
  const skipped = !succeeded && failures.length === 0;
  const outcome = failures.length > 0 ? "failed" : skipped ? "skipped" : "passed";
  return { name, outcome, scored, failures, warnings: words("WARNING") };
}

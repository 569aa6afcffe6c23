/** Environment markers (PEP 508), evaluated over the environments that matter. */
import { satisfies, valid } from "@renovatebot/pep440";
import type {
  EnvironmentMarker,
  EnvironmentMarkerLeaf,
  EnvironmentMarkerNode,
} from "pip-requirements-js";

export interface Environment {
  /** `3.11`. */
  python: string;
  platform: "linux" | "darwin" | "win32";
}

const MINORS = [7, 8, 9, 10, 11, 12, 13, 14, 15];
const SYSTEMS = { linux: "Linux", darwin: "Darwin", win32: "Windows" } as const;

/** Every supported Python on the three large platforms, as far as `requires-python` allows. */
export function environments(requiresPython?: string): Environment[] {
  const versions = MINORS.map((minor) => `3.${minor}`).filter(
    // A bound such as >=3.9.2 still allows 3.9: its last release counts.
    (python) =>
      requiresPython === undefined ||
      allows(requiresPython, `${python}.99`) ||
      allows(requiresPython, `${python}.0`),
  );
  return versions.flatMap((python) =>
    (["linux", "darwin", "win32"] as const).map((platform) => ({ python, platform })),
  );
}

function allows(specifier: string, version: string): boolean {
  try {
    return satisfies(version, specifier);
  } catch {
    return true;
  }
}

/** True, false, or undefined where it depends on what is not known: an extra, a machine. */
export function evaluate(marker: EnvironmentMarker, environment: Environment): boolean | undefined {
  if (!isNode(marker)) return leaf(marker, environment);
  const left = evaluate(marker.left, environment);
  const right = evaluate(marker.right, environment);
  if (marker.operator === "and") {
    if (left === false || right === false) return false;
    return left === undefined || right === undefined ? undefined : true;
  }
  if (left === true || right === true) return true;
  return left === undefined || right === undefined ? undefined : false;
}

function isNode(marker: EnvironmentMarker): marker is EnvironmentMarkerNode {
  return marker.operator === "and" || marker.operator === "or";
}

function leaf(marker: EnvironmentMarkerLeaf, environment: Environment): boolean | undefined {
  const operator: string = marker.operator;
  const left = valueOf(marker.left, environment);
  const right = valueOf(marker.right, environment);
  if (left === undefined || right === undefined) return undefined;
  if (operator === "in") return right.includes(left);
  if (operator === "not in") return !right.includes(left);
  if (valid(left) !== null && valid(right.replace(/\.\*$/, "")) !== null) {
    return allows(`${operator}${right}`, left);
  }
  if (operator === "==" || operator === "===") return left === right;
  return operator === "!=" ? left !== right : undefined;
}

function valueOf(side: string, { python, platform }: Environment): string | undefined {
  const quoted = /^(["'])(.*)\1$/s.exec(side);
  if (quoted !== null) return quoted[2];
  const known: Record<string, string> = {
    python_version: python,
    python_full_version: `${python}.0`,
    sys_platform: platform,
    platform_system: SYSTEMS[platform],
    os_name: platform === "win32" ? "nt" : "posix",
    implementation_name: "cpython",
    platform_python_implementation: "CPython",
  };
  return Object.hasOwn(known, side) ? known[side] : undefined;
}

/** True when some environment may need both. */
export function overlap(
  a: EnvironmentMarker | undefined,
  b: EnvironmentMarker | undefined,
  all: readonly Environment[],
): boolean {
  return all.some(
    (one) =>
      (a === undefined || evaluate(a, one) !== false) &&
      (b === undefined || evaluate(b, one) !== false),
  );
}

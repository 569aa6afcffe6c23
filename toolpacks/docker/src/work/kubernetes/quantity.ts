/** Kubernetes amounts as numbers. Undefined for what is none. */
const FACTORS: Record<string, number> = {
  "": 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

function amountOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return undefined;
  const match = /^(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)([KMGTPE]i|[numkMGTPE])?$/.exec(value);
  return match === null ? undefined : Number(match[1]) * (FACTORS[match[2] ?? ""] ?? 1);
}

export const coresOf = amountOf;
export const bytesOf = amountOf;

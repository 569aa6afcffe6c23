/** Kubernetes' own schemas, packed by scripts/schemas.ts. */
import { KUBERNETES_SCHEMAS } from "./schemas.gen.ts";

export interface Definition {
  /**
   * Property → type: `string`, `boolean`, `int32`, `int64`, `number`, `double`, `byte`, `object`, `any`, `quantity`, `time`,
   * `intOrString`, `#definition`, or one of these behind `[]` (list) or `{}` (map).
   */
  p?: Record<string, string>;
  /** Required properties. */
  r?: string[];
  /** `apps/v1 Deployment`. */
  k?: string[];
}

export interface Schemas {
  version: string;
  definitions: Map<string, Definition>;
  /** `apps/v1 Deployment` → the name of its definition. */
  kinds: Map<string, string>;
}

interface Packed {
  definitions: Record<string, Definition>;
  versions: Record<string, Record<string, Definition | null>>;
}

export const KUBERNETES_VERSIONS = ["1.37", "1.36", "1.35", "1.34"] as const;
export type KubernetesVersion = (typeof KUBERNETES_VERSIONS)[number];

/** Takes some 20 ms: cheap enough to keep nothing between calls. */
export async function schemasFor(version: KubernetesVersion): Promise<Schemas> {
  return schemasOf(version, await unpack());
}

async function unpack(): Promise<Packed> {
  const bytes = Uint8Array.from(atob(KUBERNETES_SCHEMAS), (one) => one.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const packed: Packed = JSON.parse(await new Response(stream).text());
  return packed;
}

function schemasOf(version: KubernetesVersion, { definitions, versions }: Packed): Schemas {
  const all = new Map(Object.entries(definitions));
  for (const [name, one] of Object.entries(versions[version] ?? {})) {
    if (one === null) all.delete(name);
    else all.set(name, one);
  }
  const kinds = new Map<string, string>();
  for (const [name, { k = [] }] of all) for (const kind of k) kinds.set(kind, name);
  return { version, definitions: all, kinds };
}

/**
 * Renews the schemas this pack carries, from their official sources through the Go module proxy (needs `go`):
 * Kubernetes' own OpenAPI documents, packed to what validation needs, and the Compose specification's schema as it is.
 * Run: `node toolpacks/docker/scripts/schemas.ts`, then `npm run format`.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** Newest first: the others are written as differences from it. */
const KUBERNETES = ["v1.37.2", "v1.36.3", "v1.35.4", "v1.34.4"] as const;
const COMPOSE = "v2.16.2";
const PACK = join(import.meta.dirname, "..");

interface OpenApiSchema {
  type?: string;
  format?: string;
  $ref?: string;
  items?: OpenApiSchema;
  additionalProperties?: OpenApiSchema;
  properties?: Record<string, OpenApiSchema>;
  required?: string[];
  "x-kubernetes-group-version-kind"?: { group: string; version: string; kind: string }[];
}
/** See `src/work/kubernetes/schemas.ts` for what the fields say. */
interface Packed {
  p?: Record<string, string>;
  r?: string[];
  k?: string[];
}

function moduleFolder(module: string): string {
  const told: { Dir: string } = JSON.parse(
    execFileSync("go", ["mod", "download", "-json", module], { encoding: "utf8" }),
  );
  return told.Dir;
}

const shortName = (name: string): string =>
  name
    .replace(/^#\/definitions\//, "")
    .replace(/^io\.k8s\.(api|apimachinery\.pkg\.apis|apimachinery\.pkg)\./, "");

const SPECIAL: Record<string, string> = {
  "api.resource.Quantity": "quantity",
  "meta.v1.Time": "time",
  "meta.v1.MicroTime": "time",
  "util.intstr.IntOrString": "intOrString",
};

function typeOf(schema: OpenApiSchema): string {
  if (schema.$ref !== undefined) {
    const name = shortName(schema.$ref);
    return SPECIAL[name] ?? `#${name}`;
  }
  if (schema.type === "array") return `[]${typeOf(schema.items ?? {})}`;
  if (schema.type === "object") {
    return schema.additionalProperties === undefined
      ? "object"
      : `{}${typeOf(schema.additionalProperties)}`;
  }
  if (schema.type === "integer") return schema.format ?? "int64";
  if (schema.type === "string" && schema.format === "byte") return "byte";
  return schema.type ?? "any";
}

function packed(schema: OpenApiSchema): Packed {
  const kinds = (schema["x-kubernetes-group-version-kind"] ?? []).map(
    ({ group, version, kind }) => `${group === "" ? "" : `${group}/`}${version} ${kind}`,
  );
  const properties = Object.entries(schema.properties ?? {});
  return {
    ...(properties.length > 0 && {
      p: Object.fromEntries(properties.map(([name, one]) => [name, typeOf(one)])),
    }),
    ...(schema.required !== undefined && { r: schema.required }),
    // DeleteOptions and WatchEvent name every group; nobody applies them.
    ...(kinds.length === 1 && { k: kinds }),
  };
}

function definitionsOf(version: string): Record<string, Packed> {
  const path = join(moduleFolder(`k8s.io/kubernetes@${version}`), "api/openapi-spec/swagger.json");
  const document: { definitions: Record<string, OpenApiSchema> } = JSON.parse(
    readFileSync(path, "utf8"),
  );
  return Object.fromEntries(
    Object.entries(document.definitions).map(([name, one]) => [shortName(name), packed(one)]),
  );
}

/** What to lay over the newest definitions; null takes one away. */
function difference(
  newest: Record<string, Packed>,
  older: Record<string, Packed>,
): Record<string, Packed | null> {
  const found: Record<string, Packed | null> = {};
  for (const name of new Set([...Object.keys(newest), ...Object.keys(older)])) {
    const was = older[name];
    if (JSON.stringify(newest[name]) !== JSON.stringify(was)) found[name] = was ?? null;
  }
  return found;
}

const all = KUBERNETES.map((version) => ({ version, definitions: definitionsOf(version) }));
const newest = all[0]?.definitions ?? {};
const document = {
  definitions: newest,
  versions: Object.fromEntries(
    all.map(({ version, definitions }) => [
      version.replace(/^v(\d+\.\d+).*$/, "$1"),
      difference(newest, definitions),
    ]),
  ),
};
const bytes = gzipSync(JSON.stringify(document), { level: 9 });
writeFileSync(
  join(PACK, "src/work/kubernetes/schemas.gen.ts"),
  [
    `/** Made by scripts/schemas.ts from k8s.io/kubernetes ${KUBERNETES.join(", ")} (Apache-2.0). JSON, gzip, base64. */`,
    `export const KUBERNETES_SCHEMAS: string =\n  "${bytes.toString("base64")}";`,
    "",
  ].join("\n"),
);
const compose = join(
  moduleFolder(`github.com/compose-spec/compose-go/v2@${COMPOSE}`),
  "schema/compose-spec.json",
);
writeFileSync(join(PACK, "data/compose-spec.json"), readFileSync(compose, "utf8"));
process.stdout.write(`${bytes.byteLength} bytes of Kubernetes schemas\n`);

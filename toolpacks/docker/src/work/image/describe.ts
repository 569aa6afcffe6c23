/** Which layers and which configuration make the image, by an OCI index or by Docker's manifest.json. */
import { InputProblem } from "flotilla/worker/review";
import { at, dict, list, text } from "../values.ts";
import type { Dict } from "../values.ts";

export interface LayerRef {
  /** Path in the archive. */
  file: string;
  digest: string;
  mediaType: string;
}
export interface Description {
  format: "oci" | "docker";
  tags: string[];
  config: Dict;
  layers: LayerRef[];
  /** Platforms the archive holds. */
  platforms: string[];
  platform: string;
}

const MAX_LAYERS = 200;
const MAX_NESTING = 4;

/** `jsons` are the archive's small files by path. Rejects with `InputProblem` when they describe no image. */
export function describeImage(jsons: ReadonlyMap<string, unknown>, wanted?: string): Description {
  const found =
    jsons.has("manifest.json") && wanted === undefined
      ? fromDocker(jsons)
      : fromIndex(jsons, wanted);
  const described = found ?? fromIndex(jsons, wanted) ?? fromDocker(jsons);
  if (described === undefined) {
    throw new InputProblem("This is no image: neither manifest.json nor index.json is in it.", {
      hint: "Pass the output of docker save, or an OCI layout (docker buildx build -o type=oci).",
    });
  }
  if (described.layers.length > MAX_LAYERS)
    throw new InputProblem(
      `The image has ${described.layers.length} layers; at most ${MAX_LAYERS}.`,
    );
  return described;
}

function fromDocker(jsons: ReadonlyMap<string, unknown>): Description | undefined {
  const [first] = list(jsons.get("manifest.json"));
  if (first === undefined) return undefined;
  const config = dict(jsons.get(text(at(first, "Config")) ?? ""));
  const platform = platformOf(config);
  return {
    format: "docker",
    tags: list(at(first, "RepoTags")).map(String),
    config,
    layers: list(at(first, "Layers")).map((one) => {
      const file = String(one);
      const hex = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(file)?.[1];
      return { file, digest: hex === undefined ? "" : `sha256:${hex}`, mediaType: "" };
    }),
    platforms: [platform],
    platform,
  };
}

function fromIndex(
  jsons: ReadonlyMap<string, unknown>,
  wanted: string | undefined,
): Description | undefined {
  const index = jsons.get("index.json");
  if (index === undefined) return undefined;
  const all = manifestsOf(jsons, index, 0);
  const choice =
    all.find(({ platform }) => platform === wanted) ??
    (wanted === undefined
      ? (all.find(({ platform }) => platform === "linux/amd64") ?? all[0])
      : undefined);
  if (choice === undefined) {
    if (all.length === 0) return undefined;
    throw new InputProblem(`The image is not there for ${wanted ?? ""}.`, {
      hint: `It is there for ${all.map(({ platform }) => platform).join(", ")}.`,
    });
  }
  const { manifest, platform, tags, config } = choice;
  return {
    format: "oci",
    tags,
    config,
    layers: list(manifest["layers"]).map((one) => {
      const digest = text(at(one, "digest")) ?? "";
      return { file: blobPath(digest), digest, mediaType: text(at(one, "mediaType")) ?? "" };
    }),
    platforms: all.map((one) => one.platform),
    platform,
  };
}

interface Candidate {
  manifest: Dict;
  config: Dict;
  platform: string;
  tags: string[];
}

/** Indexes may point to indexes. Attestations (platform unknown/unknown) are no images. */
function manifestsOf(
  jsons: ReadonlyMap<string, unknown>,
  index: unknown,
  depth: number,
): Candidate[] {
  if (depth > MAX_NESTING) return [];
  return list(at(index, "manifests")).flatMap((one): Candidate[] => {
    const value = dict(jsons.get(blobPath(text(at(one, "digest")) ?? "")));
    if (Array.isArray(value["manifests"])) return manifestsOf(jsons, value, depth + 1);
    const config = dict(jsons.get(blobPath(text(at(value, "config", "digest")) ?? "")));
    const platform = platformOf(
      Object.keys(config).length > 0 ? config : dict(at(one, "platform")),
    );
    if (!Array.isArray(value["layers"]) || platform === "unknown/unknown") return [];
    const tag =
      text(at(one, "annotations", "io.containerd.image.name")) ??
      text(at(one, "annotations", "org.opencontainers.image.ref.name"));
    return [{ manifest: value, config, platform, tags: tag === undefined ? [] : [tag] }];
  });
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

function platformOf(from: Dict): string {
  const variant = text(from["variant"]);
  return `${text(from["os"]) ?? "unknown"}/${text(from["architecture"]) ?? "unknown"}${variant === undefined ? "" : `/${variant}`}`;
}

/** Analyses an image archive in two passes: what describes the image, then its layers. Nothing is unpacked to disk. */
import { createHash } from "node:crypto";
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { FindingReport } from "flotilla/worker/review";
import { resolveInWorkspace } from "flotilla/worker/sources";
import { dict, list, scalar, text } from "../values.ts";
import type { Dict } from "../values.ts";
import { bytesArchive, openArchive, wholeOf } from "./archive.node.ts";
import type { Archive, Budget, Bytes } from "./archive.node.ts";
import { describeImage } from "./describe.ts";
import type { Description, LayerRef } from "./describe.ts";
import { imageFindings } from "./findings.ts";
import type { ImageFacts } from "./findings.ts";
import { readLayer } from "./layer.node.ts";
import type { LayerContent } from "./layer.node.ts";
import { overlay } from "./overlay.ts";

export interface ImageInput {
  path?: string;
  /** Base64. */
  archive?: string;
  platform?: string;
  ignore?: string[];
}

export interface ImageAnswer extends FindingReport {
  format: string;
  tags: string[];
  platform: string;
  platforms: string[];
  created: string;
  base: { name: string; from: string };
  config: {
    user: string;
    entrypoint: string[];
    command: string[];
    workdir: string;
    ports: string[];
    volumes: string[];
    environment: string[];
    labels: Record<string, string>;
    healthcheck: boolean;
  };
  layers: {
    index: number;
    digest: string;
    createdBy: string;
    packedBytes: number;
    bytes: number;
    files: number;
    hiddenBytes: number;
  }[];
  totalBytes: number;
  wastedBytes: number;
  /** Share of all bytes that are seen in the end, 0 to 1. */
  efficiency: number;
  wasted: { path: string; bytes: number; layer: number; by: number; removed: boolean }[];
  largest: { path: string; bytes: number; layer: number }[];
  setuid: { path: string; mode: string; uid: number }[];
}

const MAX_JSON_BYTES = 4 * 2 ** 20;
const MAX_JSONS = 2_000;
const TOP = 30;

export async function imageAnalyze(input: ImageInput): Promise<ImageAnswer> {
  const budget: Budget = { unpackedBytes: 0, entries: 0 };
  const archive = await archiveOf(input, budget);
  const { jsons, sizes, links } = await firstPass(archive);
  const description = describeImage(jsons, input.platform);
  const damaged: string[] = [];
  const read = await secondPass(archive, { refs: description.layers, links, budget, damaged });
  const layers = description.layers.map(({ file }) => {
    const found = read.get(targetOf(file, links));
    if (found === undefined)
      throw new InputProblem(`The layer ${file.slice(0, 100)} is missing in the archive.`, {
        hint: "Save the image again, with all layers.",
      });
    return found;
  });
  const laid = overlay(layers);
  const totalBytes = layers.reduce((sum, { bytes }) => sum + bytes, 0);
  const wastedBytes = laid.hidden.reduce((sum, { bytes }) => sum + bytes, 0);
  const facts: ImageFacts = {
    description,
    layers,
    overlay: laid,
    createdBy: createdBy(description),
    totalBytes,
    wastedBytes,
    damaged,
  };
  return {
    ...answerOf(facts, sizes, links),
    ...reportOf(imageFindings(facts), { ignore: input.ignore }),
  };
}

async function archiveOf({ path, archive }: ImageInput, budget: Budget): Promise<Archive> {
  if ((path === undefined) === (archive === undefined)) {
    throw new InputProblem("Give either path or archive.", {
      hint: "path names a file in the workspace; archive is the same as base64.",
    });
  }
  if (path !== undefined) return openArchive(await resolveInWorkspace(path), budget);
  const bytes = Buffer.from(archive ?? "", "base64");
  if (bytes.byteLength < 512)
    throw new InputProblem("The archive is empty or no base64.", {
      hint: "Pass the output of docker save as base64.",
    });
  return bytesArchive(bytes, budget);
}

interface FirstPass {
  jsons: Map<string, unknown>;
  sizes: Map<string, number>;
  links: Map<string, string>;
}

/** Small files that are JSON, and the sizes of all. */
async function firstPass(archive: Archive): Promise<FirstPass> {
  const found: FirstPass = { jsons: new Map(), sizes: new Map(), links: new Map() };
  for await (const { name, size, link, bytes, skip } of archive.files()) {
    if (link !== undefined && link !== "") found.links.set(name, resolveLink(name, link));
    else found.sizes.set(name, size);
    const isJson = size > 1 && size <= MAX_JSON_BYTES && found.jsons.size < MAX_JSONS;
    if (!isJson) {
      skip();
      continue;
    }
    const written = new TextDecoder().decode(await wholeOf(bytes));
    if (!/^\s*[[{]/.test(written.slice(0, 100))) continue;
    try {
      const value: unknown = JSON.parse(written);
      found.jsons.set(name, value);
    } catch {
      // A layer may start like JSON; what is needed and missing is told later.
    }
  }
  return found;
}

/** Old archives hold a layer once, and links to it. */
function resolveLink(name: string, link: string): string {
  const parts = link.startsWith("/") ? [] : name.split("/").slice(0, -1);
  for (const part of link.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

function targetOf(file: string, links: ReadonlyMap<string, string>): string {
  return links.get(file) ?? file;
}

interface SecondPass {
  refs: readonly LayerRef[];
  links: ReadonlyMap<string, string>;
  budget: Budget;
  damaged: string[];
}

async function secondPass(
  archive: Archive,
  { refs, links, budget, damaged }: SecondPass,
): Promise<Map<string, LayerContent>> {
  const wanted = new Map(refs.map((one) => [targetOf(one.file, links), one]));
  const read = new Map<string, LayerContent>();
  for await (const { name, bytes, skip } of archive.files()) {
    const ref = wanted.get(name);
    if (ref === undefined || read.has(name)) {
      skip();
      continue;
    }
    const hash = createHash("sha256");
    const content = await readLayer(hashed(bytes, hash), budget);
    read.set(name, content);
    if (ref.digest.startsWith("sha256:") && hash.digest("hex") !== ref.digest.slice(7))
      damaged.push(name);
  }
  return read;
}

async function* hashed(
  bytes: Bytes,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
}

/** History has entries without a layer, which are marked. */
function createdBy({ config }: Description): string[] {
  return list(config["history"])
    .map(dict)
    .filter((one) => one["empty_layer"] !== true)
    .map((one) => text(one["created_by"]) ?? text(one["comment"]) ?? "");
}

function answerOf(
  facts: ImageFacts,
  sizes: ReadonlyMap<string, number>,
  links: ReadonlyMap<string, string>,
): Omit<ImageAnswer, keyof FindingReport> {
  const { description, layers, overlay: laid, totalBytes, wastedBytes } = facts;
  const files = [...laid.files.values()];
  return {
    format: description.format,
    tags: description.tags,
    platform: description.platform,
    platforms: description.platforms,
    created: text(description.config["created"]) ?? "",
    base: baseOf(description, layers),
    config: configOf(dict(description.config["config"])),
    layers: description.layers.map(({ file, digest }, index) => ({
      index,
      digest,
      createdBy: facts.createdBy[index]?.slice(0, 500) ?? "",
      packedBytes: sizes.get(targetOf(file, links)) ?? 0,
      bytes: layers[index]?.bytes ?? 0,
      files: layers[index]?.files.length ?? 0,
      hiddenBytes: laid.hidden.reduce((sum, one) => sum + (one.layer === index ? one.bytes : 0), 0),
    })),
    totalBytes,
    wastedBytes,
    efficiency: totalBytes === 0 ? 1 : Math.round((1 - wastedBytes / totalBytes) * 10_000) / 10_000,
    wasted: laid.hidden
      .toSorted((a, b) => b.bytes - a.bytes)
      .slice(0, TOP)
      .map(({ path, bytes, layer, by, isRemoved }) => ({
        path: `/${path}`,
        bytes,
        layer,
        by,
        removed: isRemoved,
      })),
    largest: files
      .filter(({ type }) => type === "file")
      .toSorted((a, b) => b.bytes - a.bytes)
      .slice(0, TOP)
      .map(({ path, bytes, layer }) => ({ path: `/${path}`, bytes, layer })),
    setuid: files
      .filter(({ type, mode }) => type === "file" && (mode & 0o6000) !== 0)
      .slice(0, 200)
      .map(({ path, mode, uid }) => ({ path: `/${path}`, mode: (mode & 0o7777).toString(8), uid })),
  };
}

/** By the label that build tools set, else by the system that is inside. */
function baseOf({ config }: Description, layers: readonly LayerContent[]): ImageAnswer["base"] {
  const label = text(dict(dict(config["config"])["Labels"])["org.opencontainers.image.base.name"]);
  if (label !== undefined) return { name: label, from: "label" };
  const release = layers.findLast(({ osRelease }) => osRelease !== undefined)?.osRelease;
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}="?([^"\n]*)`, "m").exec(release ?? "")?.[1];
  const pretty =
    field("PRETTY_NAME") ??
    [field("ID"), field("VERSION_ID")].filter((one) => one !== undefined).join(" ");
  return release === undefined ? { name: "", from: "" } : { name: pretty, from: "os-release" };
}

function configOf(inner: Dict): ImageAnswer["config"] {
  const labels = Object.entries(dict(inner["Labels"])).slice(0, 100);
  return {
    user: text(inner["User"]) ?? "",
    entrypoint: list(inner["Entrypoint"]).map(String),
    command: list(inner["Cmd"]).map(String),
    workdir: text(inner["WorkingDir"]) ?? "",
    ports: Object.keys(dict(inner["ExposedPorts"])),
    volumes: Object.keys(dict(inner["Volumes"])),
    // Names only: values may be secret.
    environment: list(inner["Env"]).map((one) => String(one).split("=")[0] ?? ""),
    labels: Object.fromEntries(
      labels.map(([name, value]) => [name, (scalar(value) ?? "").slice(0, 500)]),
    ),
    healthcheck: list(dict(inner["Healthcheck"])["Test"]).some((one) => one !== "NONE"),
  };
}

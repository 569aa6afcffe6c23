import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answerObject,
  answered,
  ignoreProperty,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import { sourceProperties } from "flotilla/worker/sources";
import type { PackWork } from "../jobs.ts";
import type { ImageAnswer, ImageInput } from "../work/image/analyze.node.ts";
import { EXAMPLE_IMAGE } from "./example-image.ts";

const word = { type: "string" };
const count = { type: "integer" };
const words = { type: "array", items: word };
const MAX_INLINE_CHARACTERS = 40_000_000;

const rows = (properties: Record<string, unknown>): Record<string, unknown> => ({
  type: "array",
  items: answerObject(properties, Object.keys(properties)),
});
const config = {
  user: word,
  entrypoint: words,
  command: words,
  workdir: word,
  ports: words,
  volumes: words,
  environment: words,
  labels: { type: "object", additionalProperties: word },
  healthcheck: { type: "boolean" },
};
const facts = {
  format: { enum: ["oci", "docker"] },
  tags: words,
  platform: word,
  platforms: words,
  created: word,
  base: answerObject({ name: word, from: word }, ["name", "from"]),
  config: answerObject(config, Object.keys(config)),
  layers: rows({
    index: count,
    digest: word,
    createdBy: word,
    packedBytes: count,
    bytes: count,
    files: count,
    hiddenBytes: count,
  }),
  totalBytes: count,
  wastedBytes: count,
  efficiency: { type: "number" },
  wasted: rows({ path: word, bytes: count, layer: count, by: count, removed: { type: "boolean" } }),
  largest: rows({ path: word, bytes: count, layer: count }),
  setuid: rows({ path: word, mode: word, uid: count }),
};

export function imageAnalyze(work: PackWork): Tool {
  return defineTool<ImageInput>({
    name: "image_analyze",
    title: "Analyse a container image",
    description:
      "Reads an image archive (docker save, or an OCI layout as tar or folder; layers plain, gzip or zstd) without Docker: layers with their commands and sizes, bytes that later layers hide, the largest files, secrets in any layer even when removed later, setuid programs, left caches, user, entry point, base system. Checks digests. Needs the archive, not a registry.",
    input: plainObject({
      path: sourceProperties(
        { path: "An archive, or a folder in OCI layout." },
        { maxFiles: 1, maxFileBytes: MAX_INLINE_CHARACTERS },
      )["path"],
      archive: {
        ...word,
        maxLength: MAX_INLINE_CHARACTERS,
        description: "Instead of path: the archive as base64, up to 30 MB.",
      },
      platform: {
        ...word,
        maxLength: 60,
        description: "Of several: linux/arm64. Default linux/amd64, else the first.",
      },
      ignore: ignoreProperty,
    }),
    output: answerObject({ ...facts, ...reportProperties }, [
      ...Object.keys(facts),
      ...reportRequired,
    ]),
    annotations: PURE,
    timeLimitMs: 60_000,
    maxConcurrent: 2,
    examples: [
      {
        title: "A small image with a secret that was removed",
        arguments: { archive: EXAMPLE_IMAGE },
      },
    ],
    run: (given, { signal }) =>
      answered(work.run("image_analyze", given, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf(value: ImageAnswer): string {
  const { config: inner, layers } = value;
  return [
    `${value.tags.join(", ") || "An image"} (${value.platform}${value.base.name === "" ? "" : `, ${value.base.name}`}): ${layers.length} layers, ${value.totalBytes} bytes, ${value.wastedBytes} of them hidden; efficiency ${value.efficiency}.`,
    `User ${inner.user === "" ? "root" : inner.user}; runs ${JSON.stringify([...inner.entrypoint, ...inner.command])}.`,
    summaryOf(value),
  ].join("\n");
}

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
import type { OptimizeInput } from "../work/dockerfile/optimize.ts";
import { DOCKERFILE_LIMITS } from "../work/limits.ts";

const word = { type: "string" };
const count = { type: "integer" };

const input = plainObject({
  ...sourceProperties(
    { content: "A Dockerfile.", path: "A Dockerfile." },
    { maxFiles: 1, maxFileBytes: DOCKERFILE_LIMITS.maxFileBytes },
  ),
  ignore: ignoreProperty,
});
const output = answerObject(
  {
    file: word,
    dockerfile: word,
    patch: word,
    applied: { type: "array", items: word },
    estimate: answerObject({ baseMegabytes: count, savedMegabytes: count }, [
      "baseMegabytes",
      "savedMegabytes",
    ]),
    layers: {
      type: "array",
      items: answerObject({ line: count, instruction: word, rebuiltWhen: word }, [
        "line",
        "instruction",
        "rebuiltWhen",
      ]),
    },
    ...reportProperties,
  },
  ["file", "dockerfile", "patch", "applied", "estimate", "layers", ...reportRequired],
);

export function dockerfileOptimize(work: PackWork): Tool {
  return defineTool<OptimizeInput>({
    name: "dockerfile_optimize",
    title: "Optimize a Dockerfile",
    description:
      "Makes a Dockerfile build faster and its image smaller: layer order and cache use, package lists and caches left behind, layers stored twice, files removed too late, compilers in the final image, large bases. Rewrites what can be changed safely, as a whole Dockerfile and a unified diff; estimates the size saved; tells for each layer what rebuilds it.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 15_000,
    examples: [
      {
        title: "Sources before the install, and lists left behind",
        arguments: {
          content:
            'FROM node:24\nWORKDIR /app\nRUN apt-get update\nRUN apt-get install -y curl=7.88.1\nCOPY . .\nRUN npm ci\nUSER 1000\nCMD ["node", "main.js"]\n',
        },
      },
    ],
    run: (given, { signal }) =>
      answered(work.run("dockerfile_optimize", given, signal), (value) => {
        const { savedMegabytes } = value.estimate;
        const saved = savedMegabytes > 0 ? ` About ${savedMegabytes} MB smaller.` : "";
        return structured(
          value,
          [
            `${value.applied.length} changes made.${saved}`,
            summaryOf(value),
            value.patch === "" ? "" : value.patch,
          ]
            .filter((one) => one !== "")
            .join("\n"),
        );
      }),
  });
}

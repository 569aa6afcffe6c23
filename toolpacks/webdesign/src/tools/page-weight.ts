import { defineTool, image, structured } from "flotilla/worker";
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
import type { Kit } from "../kit.ts";
import { siteProperties } from "../work/site/site.ts";
import type { WeightAnswer, WeightInput } from "../work/weight/contract.ts";
import { flag, listOf, number, shape, strings, text, whole } from "./schemas.ts";

const limit = { type: "integer", minimum: 0, maximum: 1_000_000_000 };
const kind = {
  enum: ["document", "style", "script", "image", "font", "media", "data", "other"],
};
const resource = shape(
  {
    url: text,
    kind,
    transferBytes: whole,
    bytes: whole,
    status: whole,
    thirdParty: flag,
    blocking: flag,
    startMs: number,
    durationMs: number,
    phases: shape({ blocked: number, dns: number, connect: number, wait: number, receive: number }),
  },
  ["phases"],
);
const output = answerObject(
  {
    source: { enum: ["har", "files"] },
    page: text,
    requests: whole,
    transferBytes: whole,
    bytes: whole,
    byKind: listOf(shape({ kind, requests: whole, transferBytes: whole, bytes: whole })),
    thirdPartyBytes: whole,
    blocking: strings,
    timings: shape({ totalMs: number, contentLoadMs: number, loadMs: number, estimated: flag }, [
      "contentLoadMs",
      "loadMs",
    ]),
    resources: listOf(resource),
    missing: strings,
    limits: strings,
    ...reportProperties,
  },
  [
    "source",
    "page",
    "requests",
    "transferBytes",
    "bytes",
    "byKind",
    "thirdPartyBytes",
    "blocking",
    "timings",
    "resources",
    "missing",
    "limits",
    ...reportRequired,
  ],
);

export function pageWeight({ jobs }: Kit): Tool {
  return defineTool<WeightInput>({
    name: "page_weight",
    title: "Weigh a page",
    description:
      "Weighs a web page: from a HAR file (what was really loaded), or from the page with its CSS, scripts, fonts and images (with an estimate of the times). Tells bytes by kind, what blocks rendering, missing compression and caching, heavy or old image and font formats, redirects, failures, budgets that are passed; draws the waterfall.",
    input: plainObject({
      har: { type: "object", description: "An HTTP Archive, as browsers save it." },
      ...siteProperties("One HTML page, or the text of a HAR file."),
      budget: plainObject({ total: limit, script: limit, style: limit, image: limit, font: limit }),
      network: plainObject(
        {
          kbps: { type: "number", minimum: 1, maximum: 10_000_000 },
          rttMs: { type: "number", minimum: 0, maximum: 10_000 },
        },
        ["kbps", "rttMs"],
      ),
      ignore: ignoreProperty,
    }),
    output,
    annotations: PURE,
    timeLimitMs: 45_000,
    examples: [
      {
        title: "A page with a blocking script and a font without font-display",
        arguments: {
          budget: { script: 10 },
          files: {
            "index.html":
              '<!doctype html><html lang="en"><head><title>x</title><link rel="stylesheet" href="a.css"><script src="a.js"></script></head><body><h1>x</h1></body></html>',
            "a.css":
              '@font-face { font-family: "Rex"; src: url(rex.woff2); }\nbody { font-family: Rex; }\n',
            "a.js": "document.title = 'y';\n",
          },
        },
      },
    ],
    run: (given, { signal }) =>
      answered(jobs.run("page_weight", given, signal), ({ picture, ...value }) =>
        structured(value, textOf(value), image(picture)),
      ),
  });
}

function textOf(value: Omit<WeightAnswer, "picture">): string {
  const { requests, transferBytes, bytes, byKind, timings, blocking, missing, limits } = value;
  return [
    `${value.page}: ${requests} requests, ${transferBytes} bytes over the wire (${bytes} unpacked), ${Math.round(timings.totalMs)} ms${timings.estimated ? " estimated" : ""}.`,
    byKind.map((one) => `${one.kind} ${one.transferBytes} (${one.requests})`).join(", "),
    ...(blocking.length === 0 ? [] : [`Blocks rendering: ${blocking.slice(0, 6).join(", ")}`]),
    summaryOf(value),
    ...(missing.length === 0
      ? []
      : [`Not given: ${missing.slice(0, 8).join(", ")}${missing.length > 8 ? ", …" : ""}`]),
    ...limits,
  ].join("\n");
}

/** page_weight: an archive of a real load, or a page's files with an estimate. */
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { readSite } from "../site/site.ts";
import type { Resource, ResourceKind, WeightAnswer, WeightInput } from "./contract.ts";
import { loadFiles } from "./files.ts";
import { asFields, readHar } from "./har.ts";
import { filesFindings, harFindings, weightFindings } from "./rules.ts";
import { drawWaterfall } from "./waterfall.ts";

/** Lighthouse's slow 4G. */
const NETWORK = { kbps: 1_638, rttMs: 150 };
const MAX_RESOURCES = 500;

export async function weighPage(input: WeightInput): Promise<WeightAnswer> {
  const archive = input.har ?? archiveIn(input);
  return archive === undefined ? weighFiles(input) : weighHar(archive, input);
}

/** A HAR may come as the text of `content` as well. */
function archiveIn({ content }: WeightInput): Record<string, unknown> | undefined {
  if (content === undefined || !/^\uFEFF?\s*\{/.test(content)) return undefined;
  try {
    return asFields(JSON.parse(content.replace(/^\uFEFF/, "")));
  } catch (error) {
    throw new InputProblem(
      `content begins like a HAR but is not JSON: ${error instanceof Error ? error.message.slice(0, 150) : ""}`,
    );
  }
}

function weighHar(archive: Record<string, unknown>, input: WeightInput): WeightAnswer {
  const page = readHar(archive);
  const { title, entries, contentLoadMs, loadMs } = page;
  const resources = entries.map(({ headers: _h, mime: _m, text: _t, ...one }) => one);
  const totalMs = Math.max(...resources.map((one) => one.startMs + one.durationMs));
  const report = reportOf([...weightFindings(resources, input), ...harFindings(entries)], {
    ignore: input.ignore,
  });
  const marks = {
    ...(contentLoadMs === undefined ? {} : { contentLoadMs }),
    ...(loadMs === undefined ? {} : { loadMs }),
  };
  const limits = resources.some(({ blocking }) => blocking)
    ? []
    : ["The archive does not say what blocked rendering (Chrome's does, as _renderBlocking)."];
  return answerOf(resources, report, {
    source: "har",
    page: title,
    timings: { totalMs, ...marks, estimated: false },
    missing: [],
    limits,
    picture: drawWaterfall(resources, { title, estimated: false, ...marks }),
  });
}

async function weighFiles(input: WeightInput): Promise<WeightAnswer> {
  const site = await readSite(input, { maxPages: 200 });
  const page = site.pages.includes("index.html") ? "index.html" : site.pages[0];
  if (page === undefined || (site.pages.length > 1 && page !== "index.html")) {
    throw new InputProblem("There are several pages and none is index.html.", {
      hint: `Name one with page: ${site.pages.slice(0, 10).join(", ")}.`,
    });
  }
  const loaded = await loadFiles(site, page, input.network ?? NETWORK);
  const resources = loaded.found.map(
    ({ location: _l, element: _e, from: _f, data: _d, intrinsic: _i, ...one }) => one,
  );
  const findings: Finding[] = [
    ...weightFindings(resources, input),
    ...(await filesFindings(loaded)),
  ];
  const { kbps, rttMs } = input.network ?? NETWORK;
  return answerOf(resources, reportOf(findings, { ignore: input.ignore }), {
    source: "files",
    page,
    timings: { totalMs: loaded.estimatedMs, estimated: true },
    missing: loaded.missing,
    limits: [
      `Times are estimated for one connection of ${kbps} kbit/s and ${rttMs} ms; text counts as gzip.`,
      ...(loaded.missing.length === 0
        ? []
        : [
            `${loaded.missing.length} things the page asks for were not given and are not counted.`,
          ]),
    ],
    picture: drawWaterfall(resources, { title: page, estimated: true }),
  });
}

type Rest = Pick<WeightAnswer, "source" | "page" | "timings" | "missing" | "limits" | "picture">;

function answerOf(resources: Resource[], report: FindingReport, rest: Rest): WeightAnswer {
  const sum = (of: readonly Resource[], key: "bytes" | "transferBytes"): number =>
    of.reduce((total, one) => total + one[key], 0);
  const kinds: ResourceKind[] = [...new Set(resources.map(({ kind }) => kind))];
  return {
    ...rest,
    requests: resources.length,
    transferBytes: sum(resources, "transferBytes"),
    bytes: sum(resources, "bytes"),
    byKind: kinds
      .map((kind) => {
        const of = resources.filter((one) => one.kind === kind);
        return {
          kind,
          requests: of.length,
          transferBytes: sum(of, "transferBytes"),
          bytes: sum(of, "bytes"),
        };
      })
      .toSorted((a, b) => b.transferBytes - a.transferBytes),
    thirdPartyBytes: sum(
      resources.filter(({ thirdParty }) => thirdParty),
      "transferBytes",
    ),
    blocking: resources
      .filter(({ blocking, kind }) => blocking && kind !== "document")
      .map(({ url }) => url),
    resources: resources.slice(0, MAX_RESOURCES),
    ...report,
  };
}

import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answered,
  ignoreProperty,
  plainObject,
  reportProperties,
  summaryOf,
} from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import { sourceProperties } from "flotilla/worker/sources";
import type { SourceInput } from "flotilla/worker/sources";
import type { PackJobs } from "../jobs.ts";
import { CODE_LIMITS } from "../limits.ts";
import type { HazardsAnswer, HazardsInput } from "../work/hazards/hazards.ts";
import { integer, list, object, string, strings } from "./schema.ts";

const input = plainObject({
  ...sourceProperties(
    {
      content: "One module, JavaScript or TypeScript.",
      files: "Modules by relative path; calls are followed between them.",
      path: "A file or a folder.",
    },
    CODE_LIMITS,
  ),
  ignore: ignoreProperty,
});

const output = object({
  files: integer,
  functions: integer,
  requestPaths: list({ function: string, file: string, line: integer, way: strings }),
  ...reportProperties,
});

export function asyncHazardsTool(jobs: Jobs<PackJobs>): Tool {
  return defineTool<HazardsInput & SourceInput>({
    name: "node_async_hazards",
    title: "Find async hazards",
    description:
      "Finds what stops the event loop or fails unseen in JavaScript and TypeScript: blocking calls in functions that requests reach (followed through calls and files) or that are async; floating promises, async executors, listeners and array callbacks, returns that escape their catch; streams, sockets and children without an error handler; regular expressions with exponential or polynomial time, with an equal safe one as patch where there is one.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 60_000,
    examples: [
      {
        title: "A handler that reads a file, and a regular expression",
        arguments: {
          content:
            'import fs from "node:fs";\nimport { createServer } from "node:http";\nconst isId = (text) => /^(a+)+$/.test(text);\nfunction page() {\n  return fs.readFileSync("page.html");\n}\ncreateServer((req, res) => {\n  if (isId(req.url)) res.end(page());\n  else fs.createReadStream("404.html").pipe(res);\n}).listen(80);\n',
        },
      },
    ],
    run: (given, { signal }) =>
      answered(jobs.run("node_async_hazards", given, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf(value: HazardsAnswer): string {
  return [
    `${value.files} files with ${value.functions} functions, ${value.requestPaths.length} of them reached by requests.`,
    summaryOf(value, 20),
  ].join("\n");
}

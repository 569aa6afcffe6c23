import { defineTool, image, structured } from "flotilla/worker";
import type { CallToolResult, Tool } from "flotilla/worker";
import {
  InputProblem,
  PURE,
  answerObject,
  answered,
  ignoreProperty,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import { readSourceBytes } from "flotilla/worker/sources";
import type { PythonJobs } from "../lib/run.ts";
import { listOf, numbers } from "../lib/schemas.ts";
import type { ProfileAnswer, ProfileInput } from "../work/profile.ts";

const MAX_BYTES = 24_000_000;
const text = { type: "string" };
const input = plainObject({
  content: {
    type: "string",
    maxLength: MAX_BYTES,
    description: "A profile as text: speedscope JSON, collapsed stacks, or what pstats prints.",
  },
  base64: {
    type: "string",
    maxLength: MAX_BYTES,
    pattern: "^[A-Za-z0-9+/\\s]*={0,2}\\s*$",
    description: "Instead: a .prof file of cProfile, in base64.",
  },
  path: {
    type: "string",
    minLength: 1,
    maxLength: 1_000,
    description: "Instead: a file in the workspace that the operator allowed.",
  },
  top: { type: "integer", minimum: 1, maximum: 500, description: "Functions listed. Default 30." },
  filter: {
    type: "string",
    minLength: 1,
    maxLength: 200,
    description: "List only functions whose file or name holds this text.",
  },
  ignore: ignoreProperty,
});
const output = answerObject(
  {
    format: { enum: ["pstats", "pstats-text", "speedscope", "collapsed"] },
    unit: text,
    ...numbers("total", "functionCount", "calls"),
    functions: {
      type: "array",
      description: "Most time of their own first. Shares are of all time, from 0 to 1.",
      items: {
        type: "object",
        properties: {
          name: text,
          file: text,
          package: text,
          ...numbers("line", "self", "total", "calls", "primitiveCalls", "selfShare", "totalShare"),
        },
        required: ["name", "file", "line", "self", "total", "package", "selfShare", "totalShare"],
      },
    },
    packages: listOf({ package: text, ...numbers("self", "share") }),
    hotPaths: listOf({ frames: { type: "array", items: text }, ...numbers("total", "share") }),
    ...reportProperties,
  },
  [
    "format",
    "unit",
    "total",
    "functionCount",
    "functions",
    "packages",
    "hotPaths",
    ...reportRequired,
  ],
);

interface Given extends Omit<ProfileInput, "bytes"> {
  content?: string;
  base64?: string;
  path?: string;
}

export function pythonProfileAnalyze(work: PythonJobs): Tool {
  return defineTool<Given>({
    name: "python_profile_analyze",
    title: "Analyse a Python profile",
    description:
      "Reads a profile of Python code (cProfile's .prof or printed statistics, speedscope JSON, collapsed stacks of py-spy) and tells the hot functions by own and total time, time by package, the hottest call paths, known costs with what to do, and draws a flame chart. Use it to find out why a program is slow before changing it.",
    input,
    output,
    annotations: PURE,
    examples: [
      {
        title: "Collapsed stacks of py-spy",
        arguments: {
          content:
            "main (app.py:3);load (app.py:10);parse (json/decoder.py:337) 70\nmain (app.py:4);save (app.py:20) 30\n",
        },
      },
    ],
    run: ({ content, base64, path, ...rest }, { signal }) =>
      answered(
        bytesOf({ content, base64, path }).then((bytes) =>
          work.run("profile", { ...rest, bytes }, signal),
        ),
        answerOf,
      ),
  });
}

async function bytesOf({
  content,
  base64,
  path,
}: Pick<Given, never> & {
  content: string | undefined;
  base64: string | undefined;
  path: string | undefined;
}): Promise<Uint8Array> {
  if ([content, base64, path].filter((one) => one !== undefined).length !== 1) {
    throw new InputProblem("Give one of content, base64 and path.", {
      hint: "Text goes into content, a .prof file into base64.",
    });
  }
  if (path !== undefined) return readSourceBytes(path, MAX_BYTES);
  if (content !== undefined) return new TextEncoder().encode(content);
  try {
    return Uint8Array.from(atob(base64 ?? ""), (one) => one.charCodeAt(0));
  } catch {
    throw new InputProblem("base64 is no valid base64.");
  }
}

function answerOf({ picture, ...value }: ProfileAnswer): CallToolResult {
  return structured(value, textOf(value), ...(picture === undefined ? [] : [image(picture)]));
}

function textOf(value: Omit<ProfileAnswer, "picture">): string {
  const { total, unit, functions, packages, hotPaths, functionCount, calls } = value;
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const listed = functions
    .slice(0, 10)
    .map(
      (one) =>
        `- ${percent(one.selfShare)} self, ${percent(one.totalShare)} total: ${one.name}${one.file === "" ? "" : ` (${one.file}:${one.line})`}`,
    );
  const paths = hotPaths
    .slice(0, 3)
    .map(({ frames, share }) => `- ${percent(share)}: ${frames.slice(-6).join(" → ")}`);
  return [
    `${Number(total.toPrecision(6))} ${unit} in ${functionCount} functions${calls === undefined ? "" : `, ${calls} calls`}.`,
    `By package: ${packages
      .slice(0, 5)
      .map((one) => `${one.package} ${percent(one.share)}`)
      .join(", ")}.`,
    ...listed,
    ...(paths.length === 0 ? [] : ["Hottest paths:", ...paths]),
    summaryOf(value, 6),
  ].join("\n");
}

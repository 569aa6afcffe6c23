/** One stage that builds and runs, made into two. */
import type { Edit } from "../edits.ts";
import type { DockerfileModel, Instruction, Stage } from "./model.ts";
import type { Saving } from "./saving.ts";
import { baseMegabytes } from "./sizes.ts";

const BUILDS =
  /^((npm|yarn|pnpm)( run)? build|go build|cargo build|mvn|gradle|\.\/gradlew|\.\/mvnw|make|gcc|g\+\+|dotnet publish|tsc)\b/;

/** Compilers in the image that runs. */
export function oneStage({ source, stages }: DockerfileModel): Saving[] {
  const [stage] = stages;
  if (stages.length !== 1 || stage === undefined) return [];
  const build = stage.instructions.find(
    ({ keyword, shell }) =>
      keyword === "RUN" &&
      shell?.commands.some((one) =>
        BUILDS.test([one.name, ...one.words.map(({ value }) => value)].join(" ")),
      ) === true,
  );
  if (build === undefined) return [];
  const edits = goStages(source, stage, build);
  const base = baseMegabytes(stage.image) ?? 0;
  return [
    {
      megabytes: edits === undefined ? 0 : Math.max(0, base - 2),
      found: {
        rule: "one-stage",
        severity: "warning",
        at: build,
        message: "The image carries the compiler, the sources and all build dependencies.",
        evidence: build.text,
        fix: "Build in a first stage, and copy only the result into a small second one; also the files that the program reads.",
        ...(edits !== undefined && { edits }),
      },
    },
  ];
}

/** Go with a named output that is started by its path: the one case where the result is known to be one file. */
function goStages(source: string, stage: Stage, build: Instruction): Edit[] | undefined {
  const command = build.shell?.commands.find(
    ({ name, words }) => name === "go" && words[0]?.value === "build",
  );
  const at = command?.words.findIndex(({ value }) => value === "-o") ?? -1;
  const output = command?.words[at + 1]?.value;
  const start = stage.instructions.findLast(
    ({ keyword }) => keyword === "CMD" || keyword === "ENTRYPOINT",
  );
  const isStatic = /CGO_ENABLED=0/.test(source);
  const rest = stage.instructions.slice(stage.instructions.indexOf(build) + 1);
  const isSimple = rest.every(({ keyword }) =>
    ["CMD", "ENTRYPOINT", "EXPOSE", "ENV", "LABEL", "USER"].includes(keyword),
  );
  if (
    command === undefined ||
    at < 0 ||
    output === undefined ||
    !output.startsWith("/") ||
    !isStatic ||
    !isSimple
  )
    return undefined;
  const user = rest.find(({ keyword }) => keyword === "USER");
  const isKnownUser = user === undefined || /^\d+(:\d+)?$/.test(user.text);
  const lost = stage.instructions
    .slice(0, stage.instructions.indexOf(build))
    .some(
      ({ keyword, pairs }) =>
        keyword === "ENV" && pairs.some(({ name }) => !/^(CGO|GO)/.test(name)),
    );
  if (!isKnownUser || lost) return undefined;
  if (start?.json?.[0] !== output || stage.name !== undefined) return undefined;
  return [
    { start: stage.from.end, end: stage.from.end, text: " AS build" },
    {
      start: build.end,
      end: build.end,
      text: `\n\nFROM gcr.io/distroless/static-debian12:nonroot\nCOPY --from=build ${output} ${output}`,
    },
  ];
}

/** One function for each way a Dockerfile wastes time or space. */
import type { Edit } from "../edits.ts";
import { imageName } from "./image-name.ts";
import { keptStages, leftoverRules } from "./rules/leftovers.ts";
import { packageRules } from "./rules/packages.ts";
import type { DockerfileModel, Instruction } from "./model.ts";
import type { Found } from "./reporting.ts";
import type { Optimizer, Saving } from "./saving.ts";
import { oneStage } from "./stages.ts";
import { baseMegabytes } from "./sizes.ts";

export const OPTIMIZERS: readonly Optimizer[] = [
  sourcesBeforeInstall,
  splitUpdate,
  joinRuns,
  chownAfterCopy,
  leftovers,
  removedLater,
  volatileFirst,
  largeBase,
  oneStage,
];

/** Package managers, by what they need to install. */
const INSTALLS: readonly { shape: RegExp; files: string }[] = [
  { shape: /^npm (ci|install|i)\b(?!.*\s(-g|--global)\b)/, files: "package*.json" },
  { shape: /^yarn(\s+install)?(\s+--\S+)*$/, files: "package.json yarn.lock" },
  { shape: /^pnpm (install|i)\b/, files: "package.json pnpm-lock.yaml" },
  { shape: /^pip3? install\b.*-r\s*requirements\.txt/, files: "requirements.txt" },
  { shape: /^poetry install\b.*--no-root/, files: "pyproject.toml poetry.lock" },
  { shape: /^bundle install\b/, files: "Gemfile Gemfile.lock" },
  { shape: /^composer install\b.*--no-scripts/, files: "composer.json composer.lock" },
  { shape: /^go mod download\b/, files: "go.mod go.sum" },
];

/** COPY . . before the install: every change of code installs everything again. */
function sourcesBeforeInstall({ stages }: DockerfileModel): Saving[] {
  return stages.flatMap(({ instructions }) => {
    const at = instructions.findIndex(
      ({ keyword, args, flags }) =>
        keyword === "COPY" &&
        args[0] === "." &&
        args.length === 2 &&
        !flags.some(({ name }) => name === "from"),
    );
    const copy = instructions[at];
    if (copy === undefined) return [];
    const install = instructions.slice(at + 1).find(({ keyword }) => keyword === "RUN");
    const command = install?.shell?.commands[0];
    const written =
      command === undefined
        ? ""
        : [command.name, ...command.words.map(({ value }) => value)].join(" ");
    const how = INSTALLS.find(({ shape }) => shape.test(written));
    if (
      install === undefined ||
      command === undefined ||
      how === undefined ||
      install.json !== undefined
    )
      return [];
    const isAlone =
      install.shell?.commands.length === 1 && instructions.indexOf(install) === at + 1;
    const target = copy.args[1] ?? "./";
    const folder = target.endsWith("/") ? target : `${target}/`;
    const flags = copy.flags
      .map(({ name, value }) => `--${name}${value === undefined ? "" : `=${value}`} `)
      .join("");
    const found: Found = {
      rule: "sources-before-install",
      severity: "warning",
      at: copy,
      message: `Every change of any file runs "${written.slice(0, 60)}" again.`,
      evidence: `${copy.keyword} ${copy.text} in line ${copy.line}, ${written.slice(0, 60)} in line ${install.line}`,
      fix: `Copy ${how.files} first, install, then copy the rest.`,
    };
    return [
      {
        megabytes: 0,
        found: isAlone
          ? { ...found, edits: moved(copy, install, `COPY ${flags}${how.files} ${folder}`) }
          : found,
      },
    ];
  });
}

/** The manifest stands where everything was copied; everything comes behind the install. */
function moved(copy: Instruction, install: Instruction, manifest: string): Edit[] {
  const whole = `COPY ${copy.flags.map(({ name, value }) => `--${name}${value === undefined ? "" : `=${value}`} `).join("")}${copy.args.join(" ")}`;
  return [
    { start: copy.start, end: copy.end, text: manifest },
    { start: install.end, end: install.end, text: `\n${whole}` },
  ];
}

const isPlainRun = (one: Instruction | undefined): one is Instruction =>
  one?.keyword === "RUN" && one.json === undefined && !one.hasHeredoc;

/** `RUN apt-get update` alone is cached for ever. */
function splitUpdate({ stages }: DockerfileModel): Saving[] {
  return stages.flatMap(({ instructions }) =>
    instructions.flatMap((one, index): Saving[] => {
      const next = instructions[index + 1];
      const [only, ...others] = one.shell?.commands ?? [];
      if (
        !isPlainRun(one) ||
        others.length > 0 ||
        only?.name !== "apt-get" ||
        only.words.at(-1)?.value !== "update"
      )
        return [];
      const joined =
        isPlainRun(next) && next.shell?.commands[0]?.name === "apt-get"
          ? joinedAt(one, next)
          : undefined;
      return [
        {
          megabytes: 0,
          found: {
            rule: "update-apart",
            severity: "warning",
            at: one,
            message: "The package list is cached; later installs will miss new versions, or fail.",
            evidence: one.text,
            fix: "Update and install in one RUN.",
            ...(joined !== undefined && { edits: joined }),
          },
        },
      ];
    }),
  );
}

/** The two instructions become one; what stands between them must be blank. */
function joinedAt(first: Instruction, second: Instruction): Edit[] {
  return [{ start: first.end, end: second.textStart, text: " && \\\n    " }];
}

/** Neighbouring RUNs with the same flags; only single commands, which people write by habit. */
function joinRuns({ source, stages }: DockerfileModel): Saving[] {
  return stages.flatMap(({ instructions }) =>
    instructions.flatMap((one, index): Saving[] => {
      const next = instructions[index + 1];
      if (
        !isPlainRun(one) ||
        !isPlainRun(next) ||
        JSON.stringify(one.flags) !== JSON.stringify(next.flags)
      )
        return [];
      const isSmall =
        (next.shell?.commands.length ?? 0) <= 1 &&
        /^(mkdir|chmod|chown|ln|touch|rm|useradd|groupadd|adduser|addgroup|echo|cp|mv)$/.test(
          next.shell?.commands[0]?.name ?? "",
        );
      if (!isSmall || source.slice(one.end, next.start).trim() !== "") return [];
      return [
        {
          megabytes: 0,
          found: {
            rule: "runs-to-join",
            severity: "info",
            at: next,
            message: `A layer of its own for ${next.shell?.commands[0]?.name ?? "a small command"}.`,
            evidence: next.text,
            fix: `Join it with line ${one.line} by &&.`,
            edits: joinedAt(one, next),
          },
        },
      ];
    }),
  );
}

/** `RUN chown -R` after COPY stores every file twice. */
function chownAfterCopy({ stages }: DockerfileModel): Saving[] {
  return stages.flatMap(({ instructions }) =>
    instructions.flatMap((one, index): Saving[] => {
      const before = instructions[index - 1];
      const commands = one.shell?.commands ?? [];
      const chown = commands.find(
        ({ name, words }) =>
          name === "chown" && words.some(({ value }) => /^(-R|--recursive)$/.test(value)),
      );
      if (one.keyword !== "RUN" || chown === undefined) return [];
      const [owner = "", folder = ""] = chown.words
        .filter(({ value }) => !value.startsWith("-"))
        .map(({ value }) => value);
      const isSame =
        before?.keyword === "COPY" &&
        commands.length === 1 &&
        [folder, `${folder}/`].includes(before.args.at(-1) ?? "") &&
        !before.flags.some(({ name }) => name === "chown");
      const edits: Edit[] | undefined =
        isSame && before !== undefined
          ? [
              { start: before.start + 4, end: before.start + 4, text: ` --chown=${owner}` },
              { start: before.end, end: one.end, text: "" },
            ]
          : undefined;
      return [
        {
          megabytes: 0,
          found: {
            rule: "chown-after-copy",
            severity: "warning",
            at: one,
            message: `Every file below ${folder} is in the image twice: once for each owner.`,
            evidence: one.text,
            fix: `Use COPY --chown=${owner}.`,
            ...(edits !== undefined && { edits }),
          },
        },
      ];
    }),
  );
}

const LEFT: Record<string, number> = {
  "apt-lists-left": 20,
  "apt-recommends": 30,
  "apk-cache": 3,
  "pip-cache": 30,
  "yum-cache": 60,
  "dnf-cache": 60,
  "zypper-cache": 60,
  "yarn-cache": 60,
};

/** The linter's rules about what stays behind, where the image keeps it. */
function leftovers(model: DockerfileModel): Saving[] {
  const found: Found[] = [];
  const kept = keptStages(model);
  for (const rule of [leftoverRules, packageRules])
    rule({ model, report: (one) => found.push(one) });
  return found
    .filter(
      ({ rule, at }) =>
        Object.hasOwn(LEFT, rule) &&
        kept.some(({ instructions }) =>
          instructions.some(({ start, end }) => start <= at.start && at.end <= end),
        ),
    )
    .map(({ edits, ...one }) => {
      // What was only recommended may be needed: that is for a person to try.
      const isSafe = edits !== undefined && one.rule !== "apt-recommends";
      return { found: { ...one, ...(isSafe && { edits }) }, megabytes: LEFT[one.rule] ?? 0 };
    });
}

/** `rm` cannot shrink an earlier layer. */
function removedLater(model: DockerfileModel): Saving[] {
  return keptStages(model).flatMap(({ instructions }) =>
    instructions.flatMap((one, index): Saving[] => {
      const [first] = one.shell?.commands ?? [];
      if (one.keyword !== "RUN" || first?.name !== "rm") return [];
      const target =
        first.words.find(({ value }) => value.startsWith("/"))?.value.replace(/\/?\*?$/, "") ?? "";
      const source = instructions
        .slice(0, index)
        .findLast(({ text }) => target.length > 1 && text.includes(target));
      if (source === undefined) return [];
      return [
        {
          megabytes: 0,
          found: {
            rule: "removed-too-late",
            severity: "warning",
            at: one,
            message: `${target} stays in the layer of line ${source.line}; this RUN only hides it.`,
            evidence: one.text,
            fix: `Remove it in the RUN of line ${source.line}, or use a cache or bind mount there.`,
          },
        },
      ];
    }),
  );
}

/** Build arguments that change with every build end the cache for all that follows. */
function volatileFirst({ stages }: DockerfileModel): Saving[] {
  return stages.flatMap(({ instructions }) =>
    instructions.flatMap((one, index): Saving[] => {
      const name = one.pairs.find((pair) =>
        /^(GIT_?)?(COMMIT|SHA|REVISION|BUILD_(DATE|NUMBER|ID|TIME)|VCS_REF)/i.test(pair.name),
      )?.name;
      const later = instructions
        .slice(index + 1)
        .filter(({ keyword }) => keyword === "RUN" || keyword === "COPY").length;
      if (name === undefined || one.keyword !== "ARG" || later === 0) return [];
      return [
        {
          megabytes: 0,
          found: {
            rule: "volatile-argument-early",
            severity: "info",
            at: one,
            message: `${name} changes with every build: the RUNs below it are never cached.`,
            evidence: `ARG ${name} before ${later} layers`,
            fix: "Declare it right before it is used, near the end.",
          },
        },
      ];
    }),
  );
}

function largeBase({ stages }: DockerfileModel): Saving[] {
  const last = stages.at(-1);
  if (last === undefined || last.base !== undefined || last.image.includes("$")) return [];
  const size = baseMegabytes(last.image);
  const { name, tag = "" } = imageName(last.image);
  const isFull =
    /^(node|python|ruby|openjdk|golang|rust|debian)$/.test(name) &&
    !/slim|alpine|distroless/.test(tag);
  if (!isFull || size === undefined || size < 100) return [];
  const smaller = baseMegabytes(`${name}:slim`) ?? size;
  if (smaller >= size) return [];
  return [
    {
      megabytes: size - smaller,
      found: {
        rule: "base-large",
        severity: "info",
        at: last.from,
        object: last.image,
        message: `${last.image} has some ${size} MB; the slim variant some ${smaller} MB.`,
        evidence: `about ${size} MB`,
        fix: `Try FROM ${name}:${tag === "" || tag === "latest" ? "" : `${tag}-`}slim, and install what is missing.`,
      },
    },
  ];
}

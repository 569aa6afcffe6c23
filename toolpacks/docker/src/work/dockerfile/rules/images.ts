/** FROM, and COPY from other stages. */
import { imageName } from "../image-name.ts";
import type { Stage } from "../model.ts";
import type { Report, Rule, RuleInput } from "../reporting.ts";

const RESERVED = new Set(["scratch", "context"]);

/** Registries the caller trusts; `*.gcr.io` and `*` are understood. */
export function imageRules(trusted: readonly string[]): Rule {
  return (input) => {
    const { model, report } = input;
    const first = model.instructions.find(({ keyword }) => keyword !== "ARG");
    if (first !== undefined && first.keyword !== "FROM") {
      report({
        rule: "starts-without-from",
        reference: "DL3061",
        severity: "error",
        at: first,
        message: `${first.keyword} stands before the first FROM; only ARG, comments and directives may.`,
        fix: "Move it below FROM.",
      });
    }
    for (const stage of model.stages) {
      checkImage(stage, report);
      checkRegistry(stage, trusted, report);
      checkPlatform(stage, report);
    }
    checkNames(input);
    for (const stage of model.stages) checkCopies(stage, input);
  };
}

function checkImage({ image, rawImage, base, from }: Stage, report: Report): void {
  if (base !== undefined || image === "scratch") return;
  if (image.includes("$") && !image.endsWith(":latest")) return;
  const { tag, digest } = imageName(image);
  if (digest !== undefined) return;
  if (tag === undefined) {
    report({
      rule: "image-without-tag",
      reference: "DL3006",
      severity: "warning",
      at: from,
      object: image,
      message: `${image} has no tag: each build may start from another image.`,
      evidence: rawImage,
      fix: `Write a version: FROM ${image}:VERSION, or better its digest.`,
    });
  } else if (tag === "latest") {
    report({
      rule: "image-latest",
      reference: "DL3007",
      severity: "warning",
      at: from,
      object: image,
      message: `${image} changes under you; latest is no version.`,
      evidence: rawImage,
      fix: "Write the version you tested with.",
    });
  }
}

function checkRegistry(
  { image, base, from }: Stage,
  trusted: readonly string[],
  report: Report,
): void {
  if (trusted.length === 0 || base !== undefined || image === "scratch" || image.includes("$"))
    return;
  const { registry } = imageName(image);
  const known = trusted.some(
    (one) =>
      one === "*" || one === registry || (one.startsWith("*.") && registry.endsWith(one.slice(1))),
  );
  if (known) return;
  report({
    rule: "untrusted-registry",
    reference: "DL3026",
    severity: "error",
    at: from,
    object: image,
    message: `${registry} is not among the trusted registries.`,
    evidence: `trusted: ${trusted.join(", ")}`,
    fix: "Use a mirror of the image in a trusted registry.",
  });
}

function checkPlatform({ platform, from }: Stage, report: Report): void {
  if (platform === undefined || platform.includes("$")) return;
  report({
    rule: "fixed-platform",
    reference: "DL3029",
    severity: "warning",
    at: from,
    message: `The image is built for ${platform} wherever it is built.`,
    evidence: `--platform=${platform}`,
    fix: "Leave it out and name the platform when building, or use $BUILDPLATFORM or $TARGETPLATFORM.",
  });
}

function checkNames({ model, report }: RuleInput): void {
  const seen = new Map<string, number>();
  for (const { name, from } of model.stages) {
    if (name === undefined) continue;
    const before = seen.get(name.toLowerCase());
    if (before !== undefined) {
      report({
        rule: "stage-name-twice",
        reference: "DL3024",
        severity: "error",
        at: from,
        object: name,
        message: `Line ${before} already names a stage ${name}.`,
        fix: "Give each stage a name of its own.",
      });
    }
    if (RESERVED.has(name.toLowerCase())) {
      report({
        rule: "stage-name-reserved",
        reference: "DL3063",
        severity: "warning",
        at: from,
        object: name,
        message: `${name} means something else to Docker.`,
        fix: "Give the stage another name.",
      });
    }
    seen.set(name.toLowerCase(), from.line);
  }
}

function checkCopies(stage: Stage, { model, report }: RuleInput): void {
  for (const one of stage.instructions) {
    const from = one.flags.find(({ name }) => name === "from")?.value;
    if (one.keyword !== "COPY" || from === undefined || from.includes("$")) continue;
    const at = Number(from);
    const named = model.stages.find(
      ({ name, index }) => index <= stage.index && name?.toLowerCase() === from.toLowerCase(),
    );
    if (named === stage || at === stage.index) {
      report({
        rule: "copy-from-itself",
        reference: "DL3023",
        severity: "error",
        at: one,
        object: from,
        message: `The stage copies from itself (${from}).`,
        fix: "Copy from an earlier stage.",
      });
    } else if (named === undefined && !(at < stage.index) && !/[/:@.]/.test(from)) {
      report({
        rule: "copy-from-unknown-stage",
        reference: "DL3022",
        severity: "warning",
        at: one,
        object: from,
        message: `No earlier stage is called ${from}; Docker will look for an image of that name.`,
        fix: "Name an earlier stage, or write the image with its tag.",
      });
    }
  }
}

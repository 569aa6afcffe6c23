/** Test files as text, for Vitest, Jest or node --test. */
import type { Case, Planned } from "./cases.ts";

export type Framework = "vitest" | "jest" | "node";

interface Style {
  framework: Framework;
  /** TypeScript, so that types may be written. */
  isTyped: boolean;
}

export function testFileOf(
  plans: readonly Planned[],
  { module, ...style }: Style & { module: string },
): string {
  const usesProperties = plans.some(hasProperty);
  const bodies = plans.map((plan) => suiteOf(plan, style));
  return [
    ...(usesProperties ? ['import fc from "fast-check";'] : []),
    ...importsOf(style.framework),
    `import { ${plans.map(({ name }) => name).join(", ")} } from ${JSON.stringify(module)};`,
    "",
    bodies.join("\n\n"),
    "",
  ].join("\n");
}

export function hasProperty({ arbitraries, result }: Planned): boolean {
  return arbitraries !== undefined && result !== "unknown";
}

function importsOf(framework: Framework): string[] {
  if (framework === "node")
    return [
      'import assert from "node:assert/strict";',
      'import { describe, it } from "node:test";',
    ];
  return [
    `import { describe, expect, it } from "${framework === "jest" ? "@jest/globals" : "vitest"}";`,
  ];
}

function suiteOf(plan: Planned, style: Style): string {
  const known = plan.cases.filter(({ outcome }) => outcome !== undefined);
  const open = plan.cases.filter(({ outcome }) => outcome === undefined);
  return [
    `describe(${JSON.stringify(plan.name)}, () => {`,
    ...known.flatMap((one) => knownCase(plan, one, style.framework)),
    ...open.map((one) => `  it.todo(${JSON.stringify(titleOf(plan, one))});`),
    ...(hasProperty(plan) ? propertyOf(plan, style) : []),
    "});",
  ].join("\n");
}

function titleOf({ name }: Planned, { arguments: given, why, outcome }: Case): string {
  const call = `${name}(${given})`;
  const place = why === "" ? "" : `, ${why}`;
  if (outcome === undefined) return `${call} gives …${place}`;
  return `${call} ${"throws" in outcome ? "throws" : `gives ${outcome.returns}`}${place}`;
}

function knownCase(plan: Planned, one: Case, framework: Framework): string[] {
  const { outcome } = one;
  if (outcome === undefined) return [];
  const call = `${plan.name}(${one.arguments})`;
  const head = `  it(${JSON.stringify(titleOf(plan, one))}, ${plan.isAsync ? "async " : ""}() => {`;
  const line =
    "throws" in outcome
      ? throwing(call, outcome.throws, { isAsync: plan.isAsync, framework })
      : equal(plan.isAsync ? `await ${call}` : call, outcome.returns, framework);
  return [head, `    ${line}`, "  });"];
}

function equal(actual: string, wanted: string, framework: Framework): string {
  return framework === "node"
    ? `assert.equal(${actual}, ${wanted});`
    : `expect(${actual}).toBe(${wanted});`;
}

function throwing(
  call: string,
  message: string,
  { isAsync, framework }: { isAsync: boolean; framework: Framework },
): string {
  const words = JSON.stringify(message);
  if (framework === "node") {
    const wanted = message === "" ? "" : `, { message: ${words} }`;
    return isAsync
      ? `await assert.rejects(() => ${call}${wanted});`
      : `assert.throws(() => ${call}${wanted});`;
  }
  const wanted = message === "" ? "" : words;
  return isAsync
    ? `await expect(${call}).rejects.toThrow(${wanted});`
    : `expect(() => ${call}).toThrow(${wanted});`;
}

/** For any arguments of its types the result is of its type; a function that checks its arguments may refuse them. */
function propertyOf(
  { name, arbitraries = [], result, isAsync, canThrow }: Planned,
  { framework, isTyped }: Style,
): string[] {
  const names = arbitraries.map((one) => one.name).join(", ");
  const call = `${isAsync ? "await " : ""}${name}(${names})`;
  const check =
    result === "array"
      ? equal("Array.isArray(result)", "true", framework)
      : equal("typeof result", JSON.stringify(result), framework);
  const isError =
    framework === "node"
      ? "assert.ok(error instanceof Error);"
      : "expect(error).toBeInstanceOf(Error);";
  const kind = isAsync ? "asyncProperty" : "property";
  const body = canThrow
    ? refusing({ call, check, isError, isTyped })
    : [`const result = ${call};`, check];
  return [
    `  it(${JSON.stringify(`${name} keeps its types`)}, ${isAsync ? "async " : ""}() => {`,
    `    ${isAsync ? "await " : ""}fc.assert(`,
    `      fc.${kind}(${arbitraries.map(({ code }) => code).join(", ")}, ${isAsync ? "async " : ""}(${names}) => {`,
    ...body.map((line) => `        ${line}`),
    "      }),",
    "    );",
    "  });",
  ];
}

/** The check stands behind the try: in it, a failed one would be taken for a refusal. */
function refusing({
  call,
  check,
  isError,
  isTyped,
}: Record<"call" | "check" | "isError", string> & { isTyped: boolean }): string[] {
  return [
    isTyped ? "let result: unknown;" : "let result;",
    "try {",
    `  result = ${call};`,
    "} catch (error) {",
    `  ${isError}`,
    "  return;",
    "}",
    check,
  ];
}

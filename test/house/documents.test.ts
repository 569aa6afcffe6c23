import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { expect, test } from "vitest";
import { readText, repositoryFiles, ROOT } from "./tree.ts";

const TOP = new Set(repositoryFiles().map((file) => file.split("/")[0] ?? ""));
const CODE_SPAN = /`([^`\n]+)`/g;
const LINK = /\]\(([^)\s]+)\)/g;
/** Looks like a path of ours: begins with something that lies at the top, and has no placeholder in it. */
const PATH = /^[\w.@-]+(?:\/[\w.@-]+)*\/?$/;

/** Files may be named with a line, links with an anchor. */
const bare = (path: string): string => path.replace(/[#:].*$/, "");

function namedPaths(file: string, markdown: string): string[] {
  const prose = markdown.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, "");
  const spans = [...prose.matchAll(CODE_SPAN)]
    .map((match) => bare(match[1] ?? ""))
    .filter((text) => PATH.test(text) && text.includes("/") && TOP.has(text.split("/")[0] ?? ""));
  const links = [...prose.matchAll(LINK)]
    .map((match) => match[1] ?? "")
    .filter((link) => !/^(?:[a-z]+:|#)/.test(link))
    .map((link) => posix.join(posix.dirname(file), bare(decodeURI(link))));
  return [...spans, ...links];
}

test("every path that a document names exists", () => {
  const documents = repositoryFiles().filter((file) => file.endsWith(".md"));
  const named = documents.flatMap((file) =>
    namedPaths(file, readText(file)).map((path) => ({ file, path })),
  );
  expect(named.length).toBeGreaterThan(10);
  const missing = named.filter(({ path }) => !existsSync(join(ROOT, path)));
  expect(missing.map(({ file, path }) => `${file} names ${path}`)).toEqual([]);
});

test("every error code is explained in docs/errors.md, and no other", () => {
  const union =
    /type FlotillaErrorCode =([^;]+);/.exec(readText("src/protocol/errors.ts"))?.[1] ?? "";
  const codes = [...union.matchAll(/"([a-z_]+)"/g)].map((match) => match[1] ?? "").toSorted();
  const explained = [...readText("docs/errors.md").matchAll(/^\| `([a-z_]+)`\s+\|/gm)].map(
    (match) => match[1] ?? "",
  );
  expect(codes.length).toBeGreaterThan(20);
  expect(explained).toEqual(codes);
});

test("every npm script that a document names exists", () => {
  const { scripts } = JSON.parse(readText("package.json")) as { scripts: Record<string, string> };
  const documents = repositoryFiles().filter((file) => file.endsWith(".md"));
  const missing = documents.flatMap((file) =>
    [...readText(file).matchAll(/\bnpm run ([a-z][\w:-]*)/g)]
      .filter((match) => scripts[match[1] ?? ""] === undefined)
      .map((match) => `${file} names npm run ${match[1]}`),
  );
  expect(missing).toEqual([]);
});

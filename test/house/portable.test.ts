import { expect, test } from "vitest";
import { readText, repositoryFiles } from "./tree.ts";

const TEXT = /\.(?:ts|js|mjs|json|md|ya?ml|toml|txt|html|css|sh|py)$|^\.ci\/run$|^\.npmrc$/;
const FILES = repositoryFiles().filter((file) => TEXT.test(file));

test("lock files name no registry host", () => {
  const locks = FILES.filter((file) => file.endsWith("package-lock.json"));
  expect(locks).toContain("package-lock.json");
  const named = locks.filter((file) => /"resolved": "https?:/.test(readText(file)));
  expect(named).toEqual([]);
  const settings = FILES.filter((file) => file.endsWith(".npmrc"));
  expect(settings.filter((file) => /registry\s*=/.test(readText(file)))).toEqual([]);
});

/** Homes of people who do not exist may stand in examples, and what every container calls its caches. */
const MACHINE_PATH =
  /(?<![\w.~-])(?:\/home\/(?!(?:me|you|user|gradle)\b)|\/Users\/(?!(?:me|you|user)\b)|\/root\/(?!\.)|\/work\/)[\w.-]+/;

test("no file names a path of one machine", () => {
  const own = "test/house/portable.test.ts";
  const named = FILES.filter((file) => file !== own && !file.endsWith("package-lock.json"))
    .map((file) => ({ file, path: MACHINE_PATH.exec(readText(file))?.[0] }))
    .filter(({ path }) => path !== undefined);
  expect(named).toEqual([]);
});

import { expect, test } from "vitest";
import { handedDown, kitEnvironment } from "./environment.ts";

const FROM = {
  PATH: "/bin",
  HOME: "/home/you",
  LC_TIME: "C",
  HTTPS_PROXY: "http://proxy:8080",
  AWS_SECRET_ACCESS_KEY: "secret",
  GITHUB_TOKEN: "secret",
  NODE_OPTIONS: "--inspect",
  LD_PRELOAD: "/x.so",
  FLOTILLA_RUN: "outer",
  UNSET: undefined,
};

test("hands down places, language, proxies, and nothing else", () => {
  const { PATH, HOME, LC_TIME, HTTPS_PROXY } = FROM;
  expect(handedDown(FROM, "linux")).toEqual({ PATH, HOME, LC_TIME, HTTPS_PROXY });
});

test("keeps Windows' own names in the spelling they came in", () => {
  const from = { Path: "C:\\a", SystemRoot: "C:\\Windows", SECRET: "x" };
  expect(handedDown(from, "win32")).toEqual({ Path: "C:\\a", SystemRoot: "C:\\Windows" });
  expect(handedDown(from, "linux")).toEqual({});
});

test("tells the kit a grace that ends before the drone does", () => {
  expect(kitEnvironment(5_000)).toEqual({ FLOTILLA_GRACE_MS: "4000" });
});

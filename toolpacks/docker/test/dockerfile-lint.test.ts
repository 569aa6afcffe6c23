import { describe, expect, it } from "vitest";
import { dockerClient, findingsOf, published, referencesOf } from "./client.ts";

const { call } = dockerClient();
const lint = (content: string, more = {}) => call("dockerfile_lint", { content, ...more });

/**
 * What hadolint 2.15.1 finds in the same files, rule by rule. It gives the line of the instruction; this linter that of
 * the command inside it (redis-commander: RUN in line 19, apk in line 21).
 */
describe("dockerfile_lint on published Dockerfiles, against hadolint", () => {
  const resque = ["2 DL3007", "6 DL3018", "6 DL3019", "14 DL3059"];
  it.each([
    ["redis-commander", "Dockerfile", ["19 DL4006", "21 DL3018"]],
    ["node-resque", "examples/docker/worker/Dockerfile", resque],
    ["node-resque", "examples/docker/producer/Dockerfile", resque],
    ["dockerfile-utils", "Dockerfile", []],
  ])("%s %s", async (name, path, expected) => {
    const called = await lint(published(name, path));
    expect(called.isError, called.text).toBe(false);
    expect(referencesOf(called)).toEqual(expected);
  });
});

/** Probes whose verdicts were compared with hadolint 2.15.1, line by line. */
describe("dockerfile_lint, rule by rule as hadolint", () => {
  it.each([
    [
      "apt",
      "FROM debian:12\nRUN apt-get install foo\nRUN apt-get update && apt-get install -y foo=1 bar=2\n",
      ["2 DL3008", "2 DL3014", "2 DL3015", "3 DL3009", "3 DL3015"],
    ],
    ["neighbours", "FROM debian:12\nRUN a\nRUN b\nRUN a && b\nRUN c\n", ["3 DL3059"]],
    [
      "pip",
      "FROM python:3.12\nRUN pip install flask && pip install --no-cache-dir y==2\n",
      ["2 DL3013", "2 DL3042"],
    ],
    ["apk", "FROM alpine:3.20\nRUN apk add curl\n", ["2 DL3018", "2 DL3019"]],
    ["npm", "FROM node:24\nRUN npm install express @a/b @c/d@1\n", ["2 DL3016"]],
    [
      "stages",
      "FROM a:1 AS x\nFROM x AS y\nCOPY --from=nope a /b\nCOPY --from=0 a /b\nCOPY --from=nginx:1 a /b\nCOPY --from=y a /b\n",
      ["3 DL3022", "6 DL3023"],
    ],
    [
      "pipes",
      'FROM debian:12\nRUN a | b\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN a | b\n',
      ["2 DL4006"],
    ],
    [
      "heredoc",
      "FROM debian:12\nRUN <<EOF\napt-get update\napt-get install x\nEOF\n",
      ["3 DL3009", "4 DL3008", "4 DL3014", "4 DL3015"],
    ],
    [
      "cache mounts",
      "FROM debian:12\nRUN --mount=type=cache,target=/var/lib/apt/lists --mount=type=cache,target=/var/cache/apt apt-get update && apt-get install -y --no-install-recommends x=1\n",
      [],
    ],
    ["env", "FROM debian:12\nENV A=1 B=$A\n", ["2 DL3044"]],
    ["users", "FROM debian:12\nUSER root\n", ["2 DL3002"]],
    [
      "pragmas",
      "# hadolint global ignore=DL3007\nFROM debian:latest\n# hadolint ignore=DL3004\nRUN sudo x\nRUN sudo y\n",
      ["5 DL3004", "5 DL3059"],
    ],
  ])("%s", async (_, content, expected) => {
    expect(referencesOf(await lint(content))).toEqual(expected);
  });

  it("gives patches that apply what they say", async () => {
    const called = await lint("FROM debian:12\nADD a.py /app/\nCMD python3 /app/a.py\n");
    const patches = findingsOf(called).map(({ patch }) => patch);
    expect(patches).toContainEqual(expect.stringContaining('+CMD ["python3", "/app/a.py"]'));
    expect(patches).toContainEqual(expect.stringContaining("-ADD a.py /app/\n+COPY a.py /app/"));
  });

  it("finds secrets and never repeats them", async () => {
    const token = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
    const called = await lint(
      `FROM debian:12\nENV TOKEN=${token}\nARG NPM_TOKEN\nCOPY .env id_rsa /root/\n`,
    );
    expect(called.rules).toEqual(
      expect.arrayContaining(["secret-in-image", "secret-build-argument", "secret-file-copied"]),
    );
    expect(`${called.text}${JSON.stringify(called.value)}`).not.toContain(token);
  });

  it("holds registries and labels to the caller's word, and ignores by either id", async () => {
    const content = "FROM ghcr.io/a/b:1\nLABEL version=one\n";
    const called = await lint(content, {
      trustedRegistries: ["docker.io", "*.gcr.io"],
      labels: { version: "semver", authors: "text" },
    });
    expect(referencesOf(called)).toEqual(["1 DL3026", "1 DL3049", "2 DL3056"]);
    const less = await lint(content, { trustedRegistries: ["docker.io"], ignore: ["DL3026"] });
    expect(referencesOf(less)).toEqual([]);
  });

  it("knows what Docker refuses, and flags that came later", async () => {
    const called = await lint("FROM debian:12\nFOO bar\nCOPY --parents --nope=1 a /b\n");
    expect(called.rules).toContain("syntax-unknown-instruction");
    expect(findingsOf(called).filter(({ rule }) => rule === "unknown-flag")).toHaveLength(1);
  });
});

describe("dockerfile_lint on bad and hostile input", () => {
  it("says what is wrong with nothing and with binary", async () => {
    expect((await lint("  \n")).text).toContain("The Dockerfile is empty.");
    expect((await lint("FROM a\0b")).text).toContain("not text");
  });
  it.each([
    ["deep substitutions", `FROM a:1\nRUN ${"$(".repeat(20_000)}\n`],
    ["deep braces", `FROM a:1\nRUN ${"{ ".repeat(20_000)}\n`],
    ["one long line", `FROM a:1\nRUN ${"a ".repeat(80_000)}\n`],
    ["many continuations", `FROM a:1\nRUN x ${"\\\n y ".repeat(20_000)}\n`],
    ["odd names", "FROM a:1\nENV __proto__=1 constructor=2\nLABEL __proto__=x\n"],
    ["windows line ends", "FROM debian:12\r\nRUN apt-get install -y \\\r\n  foo\r\n"],
  ])("answers: %s", async (_, content) => {
    const { isError, value, text } = await lint(content);
    expect(isError, text).toBe(false);
    expect(value["files"]).toHaveLength(1);
  });
});

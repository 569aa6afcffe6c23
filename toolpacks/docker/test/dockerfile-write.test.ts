import { describe, expect, it } from "vitest";
import { dockerClient, findingsOf, published } from "./client.ts";

const { call } = dockerClient();

describe("dockerfile_optimize", () => {
  it("copies manifests first, cleans up, joins the update, and gives both text and patch", async () => {
    const content =
      "FROM node:24\nWORKDIR /app\nRUN apt-get update\nRUN apt-get install -y curl=7\nCOPY . .\nRUN npm ci\n";
    const { value } = await call("dockerfile_optimize", { content });
    expect(value["dockerfile"]).toBe(
      "FROM node:24\nWORKDIR /app\nRUN apt-get update && \\\n    apt-get install -y curl=7 && \\\n    rm -rf /var/lib/apt/lists/*\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\n",
    );
    expect(value["applied"]).toEqual(["sources-before-install", "update-apart", "apt-lists-left"]);
    expect(value["patch"]).toContain("--- a/Dockerfile");
  });

  it("makes two stages of a Go build whose result is one file, and of no other", async () => {
    const go = (end: string): string =>
      `FROM golang:1.25\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /app .\n${end}`;
    const { value } = await call("dockerfile_optimize", { content: go('ENTRYPOINT ["/app"]\n') });
    expect(value["dockerfile"]).toContain("COPY --from=build /app /app");
    const other = await call("dockerfile_optimize", {
      content: go('USER app\nENTRYPOINT ["/app"]\n'),
    });
    expect(other.value["applied"]).toEqual([]);
    expect(other.rules).toContain("one-stage");
  });

  it.each([
    ["redis-commander", "Dockerfile", ["chown-after-copy"]],
    ["node-resque", "examples/docker/worker/Dockerfile", ["apk-cache"]],
    [
      "redis-commander",
      ".devcontainer/Dockerfile",
      ["apt-recommends", "apt-lists-left", "apt-recommends"],
    ],
  ])("reads %s %s", async (name, path, rules) => {
    const called = await call("dockerfile_optimize", { content: published(name, path) });
    expect(called.rules.toSorted()).toEqual(rules.toSorted());
    const again = await call("dockerfile_optimize", {
      content: String(called.value["dockerfile"]),
    });
    expect(again.value["patch"], "a second time changes nothing").toBe("");
  });

  it("refuses an empty text", async () => {
    expect((await call("dockerfile_optimize", { content: "" })).isError).toBe(true);
  });
});

describe("dockerfile_generate", () => {
  it.each([
    ["redis-commander", { start: ["lib/app.js"], hasBuild: true }],
    ["pg-boss", { start: ["./src/index.js"], hasBuild: false }],
    ["node-resque", { start: ["dist/index"], hasBuild: true }],
  ])("reads the manifest of %s", async (name, expected) => {
    const files = { "package.json": published(name, "package.json"), "package-lock.json": "" };
    const { value, text } = await call("dockerfile_generate", { files });
    expect(value["project"], text).toMatchObject({ language: "node", manager: "npm", ...expected });
    expect(value["findings"]).toEqual([]);
    expect(value["dockerfile"]).toContain("distroless/nodejs");
  });

  it.each([
    [{ "go.mod": "module x\ngo 1.25\n", "cmd/a/main.go": "package main\n" }, "-o /app ./cmd/a"],
    [
      { "Cargo.toml": '[package]\nname = "tool"\n', "Cargo.lock": "" },
      "cp target/release/tool /app",
    ],
    [
      { "requirements.txt": "fastapi\nuvicorn\n", "main.py": "app = FastAPI()\n" },
      '"uvicorn", "main:app"',
    ],
    [
      { "pyproject.toml": '[project]\nrequires-python = ">=3.12"\n', "uv.lock": "" },
      "FROM python:3.12-slim-bookworm",
    ],
    [{ "pom.xml": "<java.version>17</java.version>" }, "distroless/java17-debian12"],
    [{ "build.gradle.kts": "" }, "gradle --no-daemon build"],
    [{ "A.csproj": "<TargetFramework>net9.0</TargetFramework>" }, "aspnet:9.0-noble-chiseled"],
    [{ "index.html": "<p>" }, "nginx-unprivileged"],
    [{ "package.json": "{}", "pnpm-lock.yaml": "" }, "pnpm install --frozen-lockfile"],
  ])("writes what its own linter has nothing against: %j", async (files, expected) => {
    const { value, text } = await call("dockerfile_generate", { files });
    expect(value["dockerfile"], text).toContain(expected);
    expect(findingsOf({ value } as never)).toEqual([]);
    expect(value["dockerfile"]).toMatch(/^USER \d+:\d+$/m);
  });

  it("says what is missing or broken", async () => {
    expect((await call("dockerfile_generate", { files: { "a.txt": "x" } })).text).toContain(
      "No manifest",
    );
    expect((await call("dockerfile_generate", { files: { "package.json": "{" } })).text).toContain(
      "package.json is no JSON",
    );
    expect(
      (
        await call("dockerfile_generate", {
          files: { "package.json": '{"__proto__":{"x":1},"scripts":3}' },
        })
      ).isError,
    ).toBe(false);
  });
});

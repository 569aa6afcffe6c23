/** A Dockerfile per language: dependencies first, caches mounted, the program alone in the last stage, not as root. */
import type { ProjectFacts } from "./project.ts";

export interface Recipe {
  lines: string[];
  decisions: string[];
  /** For .dockerignore, beside what everyone leaves out. */
  ignored: string[];
}

const USER = "USER 65532:65532";
const exec = (words: readonly string[]): string => JSON.stringify(words).replaceAll('","', '", "');
const expose = (port: number | undefined): string[] =>
  port === undefined ? [] : [`EXPOSE ${port}`];

export function recipeFor(project: ProjectFacts, port: number | undefined): Recipe {
  return RECIPES[project.language](project, port);
}

type Write = (project: ProjectFacts, port: number | undefined) => Recipe;

const RECIPES: Record<ProjectFacts["language"], Write> = {
  node,
  python,
  go,
  rust,
  java,
  dotnet,
  static: staticSite,
};

const NODE_INSTALL: Record<string, { files: string; setup: string[]; all: string; prune: string }> =
  {
    npm: {
      files: "package.json package-lock.json ./",
      setup: [],
      all: "RUN --mount=type=cache,target=/root/.npm npm ci",
      prune: "RUN npm prune --omit=dev",
    },
    pnpm: {
      files: "package.json pnpm-lock.yaml ./",
      setup: ["RUN corepack enable"],
      all: "RUN --mount=type=cache,target=/root/.local/share/pnpm/store pnpm install --frozen-lockfile",
      prune: "RUN pnpm prune --prod",
    },
    yarn: {
      files: "package.json yarn.lock ./",
      setup: ["RUN corepack enable"],
      all: "RUN --mount=type=cache,target=/usr/local/share/.cache/yarn yarn install --frozen-lockfile",
      prune:
        "RUN --mount=type=cache,target=/usr/local/share/.cache/yarn yarn install --frozen-lockfile --production",
    },
  };

function node(project: ProjectFacts, port: number | undefined): Recipe {
  const how = NODE_INSTALL[project.manager] ?? NODE_INSTALL["npm"];
  const hasLock = project.lock !== undefined;
  return {
    lines: [
      `FROM node:${project.version}-bookworm-slim AS build`,
      "WORKDIR /app",
      ...(how?.setup ?? []),
      `COPY ${hasLock ? (how?.files ?? "").replace("package-lock.json", project.lock ?? "") : "package.json ./"}`,
      hasLock ? (how?.all ?? "") : "RUN --mount=type=cache,target=/root/.npm npm install",
      "COPY . .",
      buildAndPrune(project, hasLock ? (how?.prune ?? "") : "RUN npm prune --omit=dev"),
      "",
      `FROM gcr.io/distroless/nodejs${project.version}-debian12:nonroot`,
      "WORKDIR /app",
      "ENV NODE_ENV=production",
      "COPY --from=build /app /app",
      USER,
      ...expose(port),
      `CMD ${exec(project.start)}`,
    ],
    decisions: [
      "distroless: no shell, no package manager; its entry point is node, so CMD names the script.",
      "Dependencies are installed before the sources are copied: a change of code does not install again.",
    ],
    ignored: ["node_modules", "dist", "coverage", "npm-debug.log*"],
  };
}

/** One RUN: what the build needed is not in a layer of its own. */
function buildAndPrune({ hasBuild, manager }: ProjectFacts, prune: string): string {
  const [, flags = "", command = ""] = /^RUN ((?:--\S+ )*)(.*)$/.exec(prune) ?? [];
  return `RUN ${flags}${hasBuild ? `${manager} run build && ` : ""}${command}`;
}

const JAR = (folder: string): string =>
  `find ${folder} -maxdepth 1 -name "*.jar" ! -name "*-sources.jar" ! -name "*-javadoc.jar" ! -name "*-plain.jar" ! -name "original-*" -exec cp {} /app.jar ";"`;

function python(project: ProjectFacts, port: number | undefined): Recipe {
  const install: Record<string, string[]> = {
    uv: [
      "COPY --from=ghcr.io/astral-sh/uv:0.9 /uv /bin/uv",
      "ENV UV_PROJECT_ENVIRONMENT=/venv UV_LINK_MODE=copy",
      "COPY pyproject.toml uv.lock ./",
      "RUN --mount=type=cache,target=/root/.cache/uv uv sync --frozen --no-dev --no-install-project",
    ],
    poetry: [
      "ENV POETRY_VIRTUALENVS_CREATE=false VIRTUAL_ENV=/venv",
      "RUN --mount=type=cache,target=/root/.cache/pip pip install poetry==2.2.1 && python -m venv /venv",
      "COPY pyproject.toml poetry.lock ./",
      "RUN poetry install --only main --no-root",
    ],
    pip:
      project.lock === "requirements.txt"
        ? [
            "RUN python -m venv /venv",
            "COPY requirements.txt ./",
            "RUN --mount=type=cache,target=/root/.cache/pip /venv/bin/pip install -r requirements.txt",
          ]
        : [
            "RUN python -m venv /venv",
            "COPY . .",
            "RUN --mount=type=cache,target=/root/.cache/pip /venv/bin/pip install .",
          ],
  };
  return {
    lines: [
      `FROM python:${project.version}-slim-bookworm AS build`,
      "WORKDIR /app",
      ...(install[project.manager] ?? []),
      "",
      `FROM python:${project.version}-slim-bookworm`,
      "WORKDIR /app",
      "ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1",
      "COPY --from=build /venv /venv",
      "COPY . .",
      USER,
      ...expose(
        port ??
          (project.start.includes("8000") || project.start.includes("0.0.0.0:8000")
            ? 8000
            : undefined),
      ),
      `CMD ${exec(project.start)}`,
    ],
    decisions: [
      "slim instead of distroless: distroless has one Python version only, and a virtual environment needs the one it was made with.",
    ],
    ignored: ["__pycache__", "*.pyc", ".venv", "venv", ".pytest_cache", ".mypy_cache"],
  };
}

function go(project: ProjectFacts, port: number | undefined): Recipe {
  return {
    lines: [
      `FROM golang:${project.version}-bookworm AS build`,
      "WORKDIR /src",
      `COPY ${project.lock === undefined ? "go.mod" : "go.mod go.sum"} ./`,
      "RUN --mount=type=cache,target=/go/pkg/mod go mod download",
      "COPY . .",
      `RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /app ${project.name}`,
      "",
      "FROM gcr.io/distroless/static-debian12:nonroot",
      "COPY --from=build /app /app",
      USER,
      ...expose(port),
      `ENTRYPOINT ${exec(project.start)}`,
    ],
    decisions: [
      "CGO is off, so the binary needs no C library and fits distroless/static; with cgo take distroless/base.",
    ],
    ignored: ["bin", "*.test", "coverage.out"],
  };
}

function rust(project: ProjectFacts, port: number | undefined): Recipe {
  return {
    lines: [
      `FROM rust:${project.version}-slim-bookworm AS build`,
      "WORKDIR /src",
      "COPY . .",
      `RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target cargo build --release${project.lock === undefined ? "" : " --locked"} && cp target/release/${project.name} /app`,
      "",
      "FROM gcr.io/distroless/cc-debian12:nonroot",
      "COPY --from=build /app /app",
      USER,
      ...expose(port),
      `ENTRYPOINT ${exec(project.start)}`,
    ],
    decisions: [
      "distroless/cc has the C library and libgcc that Rust programs link.",
      "The target folder is a cache mount: rebuilds compile only what changed.",
    ],
    ignored: ["target"],
  };
}

function java(project: ProjectFacts, port: number | undefined): Recipe {
  const isMaven = project.manager === "maven";
  return {
    lines: [
      isMaven
        ? `FROM maven:3.9-eclipse-temurin-${project.version} AS build`
        : `FROM gradle:8-jdk${project.version} AS build`,
      "WORKDIR /src",
      "COPY . .",
      isMaven
        ? `RUN --mount=type=cache,target=/root/.m2 mvn -B -q package -DskipTests && ${JAR("target")}`
        : `RUN --mount=type=cache,target=/home/gradle/.gradle gradle --no-daemon build -x test && ${JAR("build/libs")}`,
      "",
      `FROM gcr.io/distroless/java${project.version}-debian12:nonroot`,
      "COPY --from=build /app.jar /app/app.jar",
      USER,
      ...expose(port),
      `CMD ${exec(project.start)}`,
    ],
    decisions: [
      "The jar without -sources, -javadoc, -plain or original- is taken: the one that runs.",
      "distroless/java starts the jar that CMD names.",
    ],
    ignored: ["target", "build", ".gradle"],
  };
}

function dotnet(project: ProjectFacts, port: number | undefined): Recipe {
  return {
    lines: [
      `FROM mcr.microsoft.com/dotnet/sdk:${project.version} AS build`,
      "WORKDIR /src",
      "COPY . .",
      `RUN --mount=type=cache,target=/root/.nuget/packages dotnet publish ${project.lock ?? ""} -c Release -o /out`,
      "",
      `FROM mcr.microsoft.com/dotnet/aspnet:${project.version}-noble-chiseled`,
      "WORKDIR /app",
      "COPY --from=build /out /app",
      "USER 1654:1654",
      ...expose(port ?? 8080),
      `ENTRYPOINT ${exec(project.start)}`,
    ],
    decisions: ["chiseled is Microsoft's distroless; its user app is 1654."],
    ignored: ["bin", "obj"],
  };
}

function staticSite(_: ProjectFacts, port: number | undefined): Recipe {
  return {
    lines: [
      "FROM nginxinc/nginx-unprivileged:1.29-alpine",
      "COPY . /usr/share/nginx/html",
      "USER 101:101",
      ...expose(port ?? 8080),
    ],
    decisions: ["nginx-unprivileged listens on 8080 and needs no root."],
    ignored: ["*.md"],
  };
}

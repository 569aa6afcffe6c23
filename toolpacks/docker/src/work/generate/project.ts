/** What kind of project the files show: language, package manager, version, how it is built and started. */
import { InputProblem } from "flotilla/worker/review";
import { dict, isDict, scalar, text } from "../values.ts";
import type { Dict } from "../values.ts";

export type Language = "node" | "python" | "go" | "rust" | "java" | "dotnet" | "static";

export interface ProjectFacts {
  language: Language;
  manager: string;
  /** Of the language: 24, 3.13, 1.25, 21. */
  version: string;
  /** The lock file, where there is one. */
  lock: string | undefined;
  /** Of the program: its binary, jar or module. */
  name: string;
  hasBuild: boolean;
  /** Program and arguments, as the image starts it. */
  start: string[];
  /** How each was found out. */
  reasons: string[];
}

type Files = Readonly<Record<string, string>>;
type Reader = (files: Files) => ProjectFacts | undefined;

const READERS: readonly Reader[] = [
  nodeProject,
  goProject,
  rustProject,
  pythonProject,
  javaProject,
  dotnetProject,
  staticProject,
];

/** Rejects with `InputProblem` when nothing tells the language. */
export function projectOf(files: Files, language?: Language): ProjectFacts {
  for (const read of READERS) {
    const found = read(files);
    if (found !== undefined && (language === undefined || found.language === language))
      return found;
  }
  throw new InputProblem("No manifest tells what kind of project this is.", {
    hint: "Pass package.json, pyproject.toml, requirements.txt, go.mod, Cargo.toml, pom.xml, build.gradle, a .csproj or index.html, with the lock file.",
  });
}

/** Files of the project's own root come first. */
function fileOf(files: Files, ...names: string[]): string | undefined {
  return names.find((name) => Object.hasOwn(files, name));
}

function nodeProject(files: Files): ProjectFacts | undefined {
  const manifest = files["package.json"];
  if (manifest === undefined) return undefined;
  const value = jsonOf("package.json", manifest);
  const lock = fileOf(
    files,
    "pnpm-lock.yaml",
    "yarn.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
  );
  const manager =
    lock?.startsWith("pnpm") === true ? "pnpm" : lock === "yarn.lock" ? "yarn" : "npm";
  const scripts = dict(value["scripts"]);
  const wanted = /(\d+)/.exec(text(dict(value["engines"])["node"]) ?? "")?.[1];
  // The distroless images exist for even majors only; odd ones are never supported for long.
  const version =
    wanted === undefined || Number(wanted) < 20 ? "24" : String(Math.ceil(Number(wanted) / 2) * 2);
  return {
    language: "node",
    manager,
    version,
    lock,
    name: text(value["name"]) ?? "app",
    hasBuild: text(scripts["build"]) !== undefined,
    start: nodeStart(value),
    reasons: [
      wanted === undefined
        ? `Node ${version}: engines names none.`
        : `Node ${version}: engines asks for ${text(dict(value["engines"])["node"]) ?? ""}.`,
      lock === undefined
        ? "No lock file: each build may install other versions. Commit one."
        : `${manager}: ${lock} is there.`,
    ],
  };
}

function nodeStart(value: Dict): string[] {
  const script = text(dict(value["scripts"])["start"]) ?? "";
  const plain = /^node\s+([\w./-]+(?:\s+[\w./=-]+)*)$/.exec(script.trim())?.[1];
  if (plain !== undefined) return plain.split(/\s+/);
  return [text(value["main"]) ?? "index.js"];
}

function goProject(files: Files): ProjectFacts | undefined {
  const manifest = files["go.mod"];
  if (manifest === undefined) return undefined;
  const module = /^module\s+(\S+)/m.exec(manifest)?.[1] ?? "app";
  const version = /^go\s+(\d+\.\d+)/m.exec(manifest)?.[1] ?? "1.25";
  const mains = Object.entries(files)
    .filter(
      ([path, content]) =>
        path.endsWith(".go") && !path.endsWith("_test.go") && /^package main\b/m.test(content),
    )
    .map(([path]) => path);
  const folders = [
    ...new Set(
      mains.map((path) => (path.includes("/") ? `./${path.slice(0, path.lastIndexOf("/"))}` : ".")),
    ),
  ];
  const target = folders.includes(".") ? "." : (folders[0] ?? ".");
  return {
    language: "go",
    manager: "go",
    version,
    lock: fileOf(files, "go.sum"),
    name: target,
    hasBuild: true,
    start: ["/app"],
    reasons: [
      `Go ${version} and module ${module}: from go.mod.`,
      `Builds ${target}${folders.length > 1 ? `; there are also ${folders.filter((one) => one !== target).join(", ")}` : ""}.`,
    ],
  };
}

function rustProject(files: Files): ProjectFacts | undefined {
  const manifest = files["Cargo.toml"];
  if (manifest === undefined) return undefined;
  const name = /^\s*\[package\][^[]*?^\s*name\s*=\s*"([\w-]+)"/ms.exec(manifest)?.[1] ?? "app";
  const version = /^\s*rust-version\s*=\s*"(\d+\.\d+)/m.exec(manifest)?.[1] ?? "1";
  return {
    language: "rust",
    manager: "cargo",
    version,
    lock: fileOf(files, "Cargo.lock"),
    name,
    hasBuild: true,
    start: ["/app"],
    reasons: [`Package ${name}: from Cargo.toml.`],
  };
}

function pythonProject(files: Files): ProjectFacts | undefined {
  const manifest = fileOf(files, "pyproject.toml", "requirements.txt", "Pipfile", "setup.py");
  if (manifest === undefined) return undefined;
  const lock = fileOf(files, "uv.lock", "poetry.lock", "requirements.txt");
  const manager = lock === "uv.lock" ? "uv" : lock === "poetry.lock" ? "poetry" : "pip";
  const source = files[manifest] ?? "";
  const least = /(?:requires-python|python)\s*=\s*"[^"0-9]*3\.(\d{1,2})/.exec(source)?.[1];
  const version = least === undefined || Number(least) < 10 ? "3.13" : `3.${least}`;
  const everything = Object.values(files).join("\n").slice(0, 500_000);
  const { start, why } = pythonStart(files, everything);
  return {
    language: "python",
    manager,
    version,
    lock,
    name: "app",
    hasBuild: false,
    start,
    reasons: [
      `Python ${version}: ${least === undefined ? "no version is asked for" : `from ${manifest}`}.`,
      `Installs with ${manager}.`,
      why,
    ],
  };
}

function pythonStart(files: Files, everything: string): { start: string[]; why: string } {
  const web = Object.entries(files).find(
    ([path, content]) => path.endsWith(".py") && /=\s*(FastAPI|Starlette|Flask)\(/.test(content),
  );
  const module = web?.[0].replace(/\.py$/, "").replaceAll("/", ".");
  const variable = /^(\w+)\s*=\s*(?:FastAPI|Starlette|Flask)\(/m.exec(web?.[1] ?? "")?.[1] ?? "app";
  if (module !== undefined && /\buvicorn\b/.test(everything))
    return {
      start: [
        "python",
        "-m",
        "uvicorn",
        `${module}:${variable}`,
        "--host",
        "0.0.0.0",
        "--port",
        "8000",
      ],
      why: `${web?.[0] ?? ""} makes an ASGI app.`,
    };
  if (module !== undefined && /\bgunicorn\b/.test(everything))
    return {
      start: ["python", "-m", "gunicorn", "--bind", "0.0.0.0:8000", `${module}:${variable}`],
      why: `${web?.[0] ?? ""} makes a WSGI app.`,
    };
  const script =
    fileOf(files, "main.py", "app.py", "__main__.py") ??
    Object.keys(files).find((path) => path.endsWith(".py")) ??
    "main.py";
  return { start: ["python", script], why: `Starts ${script}.` };
}

function javaProject(files: Files): ProjectFacts | undefined {
  const manifest = fileOf(files, "pom.xml", "build.gradle", "build.gradle.kts");
  if (manifest === undefined) return undefined;
  const source = files[manifest] ?? "";
  const asked =
    /(?:<java\.version>|<maven\.compiler\.release>|JavaLanguageVersion\.of\(|JavaVersion\.VERSION_)(\d+)/.exec(
      source,
    )?.[1];
  const version = asked !== undefined && Number(asked) > 17 ? "21" : asked === "17" ? "17" : "21";
  return {
    language: "java",
    manager: manifest === "pom.xml" ? "maven" : "gradle",
    version,
    lock: undefined,
    name: "app",
    hasBuild: true,
    start: ["/app/app.jar"],
    reasons: [
      `Java ${version}: ${asked === undefined ? "no version is asked for" : `from ${manifest}`}.`,
    ],
  };
}

function dotnetProject(files: Files): ProjectFacts | undefined {
  const manifest = Object.keys(files).find((path) => path.endsWith(".csproj"));
  if (manifest === undefined) return undefined;
  const version = /<TargetFramework>net(\d+\.\d+)/.exec(files[manifest] ?? "")?.[1] ?? "10.0";
  const name = manifest.slice(manifest.lastIndexOf("/") + 1).replace(/\.csproj$/, "");
  return {
    language: "dotnet",
    manager: "dotnet",
    version,
    lock: manifest,
    name,
    hasBuild: true,
    start: ["dotnet", `${name}.dll`],
    reasons: [`.NET ${version}: from ${manifest}.`],
  };
}

function staticProject(files: Files): ProjectFacts | undefined {
  if (!Object.keys(files).some((path) => path.endsWith("index.html"))) return undefined;
  return {
    language: "static",
    manager: "none",
    version: "",
    lock: undefined,
    name: "site",
    hasBuild: false,
    start: [],
    reasons: ["index.html and no manifest: static files."],
  };
}

function jsonOf(file: string, content: string): Dict {
  try {
    const value: unknown = JSON.parse(content);
    if (isDict(value)) return value;
  } catch (error) {
    throw new InputProblem(
      `${file} is no JSON: ${error instanceof Error ? error.message.slice(0, 120) : ""}`,
      { location: { file } },
    );
  }
  throw new InputProblem(`${file} is no JSON object, but ${scalar(content.slice(0, 20)) ?? ""}`, {
    location: { file },
  });
}

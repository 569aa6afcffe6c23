/** A Docker Engine of a test's own: no registry, no bridge, nothing of the machine's own engine is touched. */
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { waitFor } from "./wait.ts";

const run = promisify(execFile);
const LIMITS = { timeout: 300_000, maxBuffer: 64 * 1024 * 1024 };
const PROGRAMS = ["/usr/sbin/dockerd", "/usr/bin/dockerd"];

const program = PROGRAMS.find((path) => existsSync(path));
export const lacksEngine = program === undefined || process.getuid?.() !== 0;
export const ENGINE_NEEDED = "(needs root and Debian's docker.io)";

export interface Engine extends AsyncDisposable {
  docker(...args: string[]): Promise<string>;
  /** Starts a container in the foreground and hands back what to wait for. */
  start(...args: string[]): ReturnType<typeof spawn>;
}

export async function startEngine(): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), "flotilla-engine-"));
  const host = `unix://${join(folder, "d.sock")}`;
  const at = (name: string) => join(folder, name);
  const daemon = spawn(
    program ?? "",
    ["--storage-driver=vfs", "--iptables=false", "--ip6tables=false", "--bridge=none"].concat(
      ["-H", host, "--data-root", at("root"), "--exec-root", at("exec")],
      ["--pidfile", at("d.pid")],
    ),
    { stdio: "ignore" },
  );
  const docker = async (...args: string[]): Promise<string> =>
    (await run("docker", ["-H", host, ...args], LIMITS)).stdout;
  const answers = () =>
    docker("version").then(
      () => true,
      () => false,
    );
  await waitFor(answers, { what: "the engine", deadlineMs: 60_000 });
  return {
    docker,
    start: (...args) => spawn("docker", ["-H", host, ...args], { stdio: "pipe" }),
    async [Symbol.asyncDispose]() {
      daemon.kill("SIGTERM");
      await once(daemon, "exit");
      // The daemon leaves the network namespace of `--network=host` mounted.
      await run("umount", [at("exec/netns/default")]).catch(() => {});
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Shared libraries that a program is loaded with, by the paths it looks for them under. */
function librariesOf(path: string): string[] {
  const text = execFileSync("ldd", [path], { encoding: "utf8" });
  return [...text.matchAll(/(\/\S+)\s+\(0x/g)].map((match) => match[1] ?? "");
}

function place(root: string, from: string, to: string): void {
  const target = join(root, to);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(realpathSync(from), target);
}

/** Two images from this machine's own files, standing in for `node:slim` and for distroless. */
export async function makeNodeImages({ docker }: Engine, folder: string): Promise<void> {
  const root = join(folder, "base");
  place(root, process.execPath, "nodejs/bin/node");
  for (const library of librariesOf(process.execPath)) place(root, library, library);
  mkdirSync(join(root, "tmp"), { recursive: true });
  writeFileSync(join(root, "Dockerfile"), `FROM scratch\nCOPY nodejs /nodejs\n${copies(root)}`);
  await docker("build", "-q", "-t", "test-run", root);

  const build = join(folder, "build");
  const npm = dirname(
    dirname(realpathSync(execFileSync("which", ["npm"], { encoding: "utf8" }).trim())),
  );
  place(build, "/bin/sh", "bin/sh");
  place(build, "/usr/bin/env", "usr/bin/env");
  for (const tool of ["/bin/sh", "/usr/bin/env"]) {
    for (const library of librariesOf(tool)) place(build, library, library);
  }
  execFileSync("cp", ["-rL", npm, join(build, "npm")]);
  writeFileSync(
    join(build, "npm-run"),
    '#!/bin/sh\nexec /nodejs/bin/node /npm/bin/npm-cli.js "$@"\n',
    { mode: 0o755 },
  );
  const authority = process.env["NODE_EXTRA_CA_CERTS"];
  if (authority !== undefined) place(build, authority, "ca.crt");
  const file = [
    "FROM test-run",
    "COPY npm /npm",
    "COPY npm-run /usr/local/bin/npm",
    "ENV PATH=/usr/local/bin:/nodejs/bin:/bin:/usr/bin",
    authority === undefined ? "" : "COPY ca.crt /ca.crt\nENV NODE_EXTRA_CA_CERTS=/ca.crt",
  ];
  writeFileSync(join(build, "Dockerfile"), `${file.join("\n")}\n${copies(build)}`);
  await docker("build", "-q", "-t", "test-build", build);
}

function copies(root: string): string {
  return ["lib", "lib64", "bin", "usr"]
    .filter((name) => existsSync(join(root, name)))
    .map((name) => `COPY ${name} /${name}\n`)
    .join("");
}

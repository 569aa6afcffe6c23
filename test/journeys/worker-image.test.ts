/** The scaffold's Dockerfile on a real engine: how large the image is, as whom it runs, how it answers and how it ends. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ENGINE_NEEDED,
  type Engine,
  lacksEngine,
  makeNodeImages,
  startEngine,
} from "./docker-engine.ts";
import { lacksNode, NODE_NEEDED, sdkV2Auto } from "./peers.ts";
import { waitFor } from "./wait.ts";

const ROOT = join(import.meta.dirname, "../..");
const run = promisify(execFile);
const LIMITS = { timeout: 120_000 };
const MAX_EXTRA_BYTES = 60_000_000;
const BUILD_MS = 400_000;
const RUN_MS = 60_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

describe.skipIf(lacksEngine || lacksNode)(
  `a worker's image ${ENGINE_NEEDED} ${NODE_NEEDED}`,
  () => {
    let scratch: string;
    let engine: Engine;
    beforeAll(async () => {
      scratch = mkdtempSync(join(tmpdir(), "flotilla-image-"));
      engine = await startEngine();
      await makeNodeImages(engine, scratch);
      await run(process.execPath, [join(ROOT, "scripts/build.ts")], { cwd: ROOT, ...LIMITS });
      const folder = join(scratch, "harbour");
      const vendor = join(folder, "vendor");
      const packed = "file:vendor/flotilla-0.1.0.tgz";
      const main = join(ROOT, "src/cli/main.ts");
      await run(process.execPath, [main, "new", "worker", "harbour", "--flotilla", packed], {
        cwd: scratch,
        ...LIMITS,
      });
      mkdirSync(vendor);
      await run("npm", ["pack", join(ROOT, "dist"), "--pack-destination", vendor], LIMITS);
      const images = ["BUILD_IMAGE=test-build", "RUN_IMAGE=test-run"].flatMap((one) => [
        "--build-arg",
        one,
      ]);
      await engine.docker("build", "--network=host", ...images, "-t", "harbour", folder);
    }, BUILD_MS);
    afterAll(async () => {
      await engine[Symbol.asyncDispose]();
      rmSync(scratch, { recursive: true, force: true });
    }, BUILD_MS);

    const inspect = async (image: string, format: string): Promise<string> =>
      (await engine.docker("image", "inspect", image, "--format", format)).trim();

    test("adds at most 60 MB to Node, and has no rights", async () => {
      const sizes = await Promise.all(
        ["harbour", "test-run"].map((one) => inspect(one, "{{.Size}}")),
      );
      const extra = Number(sizes[0]) - Number(sizes[1]);
      expect(extra).toBeGreaterThan(0);
      expect(extra).toBeLessThan(MAX_EXTRA_BYTES);
      expect(await inspect("harbour", "{{.Config.User}}")).toBe("65532:65532");
    });

    test(
      "is called by a client, and lets calls end when it is told to stop",
      async () => {
        const port = await freePort();
        const place = ["-e", `PORT=${port}`, "-e", "HOST=127.0.0.1", "--read-only"];
        const container = engine.start(
          "run",
          "--rm",
          "--name",
          "harbour-1",
          "--network=host",
          ...place,
          "harbour",
        );
        let said = "";
        for (const stream of [container.stdout, container.stderr]) {
          stream?.on("data", (chunk: Buffer) => (said += chunk.toString()));
        }
        const ended = once(container, "exit") as Promise<[number]>;
        // The engine copies whole layers to start a container, which a busy disk makes slow.
        const listens = () => said.includes("listens on") || container.exitCode !== null;
        await waitFor(listens, { what: "the container to listen", deadlineMs: RUN_MS });
        expect(said).toContain("listens on");
        const url = `http://127.0.0.1:${port}/mcp`;
        const call = { name: "count_words", arguments: { text: "a b c" } };
        expect((await sdkV2Auto(url, [call])).results).toMatchObject([
          { content: [{ text: "3 words, 5 characters" }] },
        ]);
        expect((await fetch(new URL("/ready", url))).status).toBe(200);
        await engine.docker("stop", "-t", "20", "harbour-1");
        expect((await ended)[0]).toBe(0);
      },
      BUILD_MS,
    );
  },
);

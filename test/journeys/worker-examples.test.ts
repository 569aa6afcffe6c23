/** The example workers in three languages, in one fleet: a client sees the same tool three times and gets one answer. */
import { execFileSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { makeFolder, startFlotilla } from "./flotilla.ts";
import {
  lacksNode,
  lacksPython,
  NODE_NEEDED,
  peer,
  PYTHON,
  PYTHON_NEEDED,
  sdkV1,
  sdkV2Auto,
} from "./peers.ts";

const EXAMPLES = join(import.meta.dirname, "../../examples");
const GO_NEEDED = "(needs go build of test/peers/go)";
const lacksGo = !existsSync(
  peer(process.platform === "win32" ? "go/bin/server.exe" : "go/bin/server"),
);
const COUNTED = { words: 5, characters: 21 };

const missing = lacksNode ? NODE_NEEDED : lacksPython ? PYTHON_NEEDED : GO_NEEDED;
describe.skipIf(lacksNode || lacksPython || lacksGo)(`example workers ${missing}`, () => {
  test("TypeScript, Python and Go", async () => {
    const folder = makeFolder();
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const program = join(folder, "words");
    const source = join(EXAMPLES, "worker-go/main.go");
    execFileSync("go", ["build", "-C", peer("go"), "-o", program, source], { timeout: 100_000 });
    const workers = {
      typescript: { command: process.execPath, args: [join(EXAMPLES, "worker/src/main.ts")] },
      python: { command: PYTHON, args: [join(EXAMPLES, "worker-python/server.py")] },
      go: { command: program },
    };
    await using flotilla = await startFlotilla({ config: { toolpacks: "none", workers } });
    const calls = Object.keys(workers).map((name) => ({
      name: `${name}_count_words`,
      arguments: { text: "Every ship is a city." },
    }));
    for (const client of [sdkV1, sdkV2Auto]) {
      const { results } = await client(`${flotilla.url}/mcp`, calls);
      expect(results).toMatchObject(calls.map(() => ({ structuredContent: COUNTED })));
    }
  });
});

/** Inputs that fuzzing found worth keeping, and every seed, once more: `npm run fuzz` looks for new ones. */
import { describe, expect, test } from "vitest";
import { readCorpus } from "../fuzz/engine/corpus.ts";
import { loadTarget, TARGET_NAMES } from "../fuzz/targets/index.ts";

/** One input; with an answer that never comes the test runner's own limit would not say which. */
const INPUT_MS = 15_000;

describe.each(TARGET_NAMES)("%s", (name) => {
  test("answers every kept input", async () => {
    const target = await loadTarget(name);
    const running = await target.start();
    const seeds = target.seeds.map((text, index) => ({
      name: `seed ${index}`,
      input: new TextEncoder().encode(text),
    }));
    const entries = [...seeds, ...readCorpus(name)];
    expect(entries.length).toBeGreaterThan(target.seeds.length - 1);
    for (const entry of entries) {
      const answered = await withinLimit(running.run(entry.input));
      expect(answered, `${name}: ${entry.name}`).toBe("answered");
    }
    await running.close();
  });
});

async function withinLimit(work: Promise<void>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`nothing within ${INPUT_MS} ms`), INPUT_MS);
  });
  try {
    return await Promise.race([work.then(() => "answered"), late]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}

import fc from "fast-check";
import { expect, test } from "vitest";
import { exposeNames, type NamedSource } from "./names.ts";

const workerName = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,8}$/);
const toolName = fc.oneof(
  fc.stringMatching(/^[a-z_]{1,6}$/),
  fc.string({ minLength: 1, maxLength: 200 }),
);
const sources: fc.Arbitrary<NamedSource[]> = fc
  .uniqueArray(
    fc.record({
      worker: workerName,
      naming: fc.constantFrom("verbatim" as const, "prefixed" as const),
      names: fc.array(toolName, { maxLength: 8 }),
    }),
    { selector: ({ worker }) => worker, maxLength: 6 },
  )
  .map((list) => list.toSorted((a, b) => (a.worker < b.worker ? -1 : 1)));

test("every name is exposed once, uniquely, within the length, and leads back", () => {
  fc.assert(
    fc.property(sources, (list) => {
      const exposed = exposeNames(list);
      expect(new Set(exposed.map((one) => one.exposed)).size).toBe(exposed.length);
      expect(exposed.every((one) => one.exposed.length <= 128)).toBe(true);
      const wanted = list.flatMap(({ worker, names }) =>
        [...new Set(names)].map((name) => `${worker} ${name}`),
      );
      expect(exposed.map(({ worker, original }) => `${worker} ${original}`)).toEqual(wanted);
      expect(exposeNames(list)).toEqual(exposed);
    }),
  );
});

test("a name that is taken is given otherwise, and says so", () => {
  const list: NamedSource[] = [
    { worker: "a", naming: "verbatim", names: ["run", "b_run"] },
    { worker: "b", naming: "verbatim", names: ["run"] },
    { worker: "c", naming: "prefixed", names: ["run"] },
  ];
  const exposed = exposeNames(list);
  expect(exposed.map((one) => one.renamed)).toEqual([false, false, true, false]);
  expect(exposed.map((one) => one.exposed)).toEqual([
    "run",
    "b_run",
    expect.stringMatching(/^b_run_[0-9a-f]{8}$/),
    "c_run",
  ]);
});

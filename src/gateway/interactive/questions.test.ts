import fc from "fast-check";
import { expect, test } from "vitest";
import {
  allCapabilities,
  capabilitiesOf,
  declaredNeeds,
  declares,
  neededBy,
  type Need,
} from "./capabilities.ts";
import { isAnswerTo, keyFor, modernQuestion, questionsOf } from "./questions.ts";

const NEEDS: Need[] = [
  "elicitation.form",
  "elicitation.url",
  "sampling",
  "sampling.tools",
  "roots",
];

test("a set of needs and the capabilities that declare it say the same", () => {
  fc.assert(
    fc.property(fc.subarray(NEEDS), (some) => {
      // Who samples with tools samples.
      const needs = NEEDS.filter(
        (need) => some.includes(need) || (need === "sampling" && some.includes("sampling.tools")),
      );
      expect(declaredNeeds(capabilitiesOf(needs))).toEqual(needs);
    }),
  );
  expect(declaredNeeds(allCapabilities())).toEqual(NEEDS);
});

test.each<[string, Record<string, unknown>, Need[]]>([
  ["an empty elicitation means forms", { elicitation: {} }, ["elicitation.form"]],
  ["url alone means no forms", { elicitation: { url: {} } }, ["elicitation.url"]],
  ["nonsense declares nothing", { elicitation: true, sampling: [], roots: "yes" }, []],
  ["what is unknown is ignored", { sampling: { context: {} }, other: {} }, ["sampling"]],
])("%s", (_, capabilities, needs) => {
  expect(declaredNeeds(capabilities)).toEqual(needs);
  for (const need of NEEDS) expect(declares(capabilities, need)).toBe(needs.includes(need));
});

test("what a question needs follows from its kind", () => {
  expect(neededBy("elicitation/create", {})).toBe("elicitation.form");
  expect(neededBy("elicitation/create", { mode: "url" })).toBe("elicitation.url");
  expect(neededBy("sampling/createMessage", {})).toBe("sampling");
  expect(neededBy("sampling/createMessage", { tools: [] })).toBe("sampling.tools");
  expect(neededBy("sampling/createMessage", { toolChoice: {} })).toBe("sampling.tools");
  expect(neededBy("roots/list", {})).toBe("roots");
  expect(neededBy("tools/call", {})).toBeUndefined();
});

test("a key is the worker's own name for the question, if it is one and free", () => {
  const question = { method: "elicitation/create", params: {} };
  const keys = new Set<string>();
  const give = (id: string | number | undefined): string => {
    const key = keyFor(question, id, (taken) => keys.has(taken));
    keys.add(key);
    return key;
  };
  const ids = ["user_name", "user_name", 7, undefined, "__proto__", "a b", "x".repeat(65), ""];
  expect(ids.map(give)).toEqual([
    "user_name",
    "elicitation-1",
    "elicitation-2",
    "elicitation-3",
    "elicitation-4",
    "elicitation-5",
    "elicitation-6",
    "elicitation-7",
  ]);
});

test("an answer has the shape that its question wants", () => {
  const form = { method: "elicitation/create", params: {} };
  const sampling = { method: "sampling/createMessage", params: {} };
  const roots = { method: "roots/list", params: {} };
  expect(isAnswerTo(form, { action: "accept", content: {} })).toBe(true);
  expect(isAnswerTo(form, { action: "maybe" })).toBe(false);
  expect(isAnswerTo(sampling, { role: "assistant", content: {}, model: "m" })).toBe(true);
  expect(isAnswerTo(sampling, { role: "assistant" })).toBe(false);
  expect(isAnswerTo(roots, { roots: [] })).toBe(true);
  for (const question of [form, sampling, roots]) {
    for (const nonsense of [undefined, null, 5, "x", [], {}]) {
      expect(isAnswerTo(question, nonsense)).toBe(false);
    }
  }
});

test("questions are read whole or not at all", () => {
  const form = { method: "elicitation/create", params: { message: "m" } };
  expect([...(questionsOf({ inputRequests: { a: form } }) ?? [])]).toEqual([["a", form]]);
  expect(questionsOf({})?.size).toBe(0);
  expect(questionsOf({ inputRequests: { a: { method: "roots/list" } } })?.get("a")?.params).toEqual(
    {},
  );
  const many = Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`k${n}`, form]));
  for (const inputRequests of [[], "x", { a: 1 }, { a: { method: "tools/call" } }, many]) {
    expect(questionsOf({ inputRequests })).toBeUndefined();
  }
  expect(
    questionsOf({ inputRequests: { a: { method: "roots/list", params: [] } } }),
  ).toBeUndefined();
});

test("a legacy page becomes a modern one", () => {
  const params = { mode: "url", url: "https://x", message: "m", elicitationId: "e" };
  expect(modernQuestion("elicitation/create", params, 3)).toEqual({
    name: 3,
    question: {
      method: "elicitation/create",
      params: { mode: "url", url: "https://x", message: "m" },
    },
  });
});

test("a worker may say what its question is called; the client never sees that", () => {
  const meta = { "flotilla/inputKey": "user_name", other: 1 };
  const asked = modernQuestion("roots/list", { _meta: meta }, 4);
  expect(asked).toEqual({
    name: "user_name",
    question: { method: "roots/list", params: { _meta: { other: 1 } } },
  });
  const { other: _, ...only } = meta;
  expect(modernQuestion("roots/list", { _meta: only }, "mine").question.params).toEqual({});
  expect(modernQuestion("roots/list", { _meta: { other: 1 } }, "mine").name).toBe("mine");
});

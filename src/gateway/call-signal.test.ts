import { expect, test } from "vitest";
import { asAbortSignal, createCallAbort } from "./call-signal.ts";

test("tells each listener once, and none that left", () => {
  const heard: string[] = [];
  const { signal, abort } = bound();
  const gone = (): void => void heard.push("gone");
  signal.addEventListener("abort", () => heard.push("function"));
  signal.addEventListener("abort", { handleEvent: () => heard.push("object") });
  signal.addEventListener("abort", gone);
  signal.removeEventListener("abort", gone);
  abort();
  abort();
  expect(heard).toEqual(["function", "object"]);
  expect(signal.aborted).toBe(true);
});

test("becomes a platform signal, before and after the abort", () => {
  const { signal, abort } = bound();
  const early = asAbortSignal(signal);
  expect(early.aborted).toBe(false);
  abort();
  expect(early.aborted).toBe(true);
  expect(asAbortSignal(signal)).toBe(early);
  const late = bound();
  late.abort();
  expect(asAbortSignal(late.signal).aborted).toBe(true);
});

test("a platform signal is one already", () => {
  const { signal } = new AbortController();
  expect(asAbortSignal(signal)).toBe(signal);
});

function bound() {
  const call = createCallAbort();
  return { signal: call.signal, abort: () => call.abort() };
}

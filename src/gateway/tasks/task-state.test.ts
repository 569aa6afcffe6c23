import fc from "fast-check";
import { expect, test } from "vitest";
import {
  createdTask,
  detailedTask,
  isOver,
  taskAfter,
  type TaskEvent,
  type TaskRecord,
} from "./task-state.ts";

const START: TaskRecord = {
  status: "working",
  worker: "w",
  owner: "gw",
  createdAtMs: 1_000,
  updatedAtMs: 1_000,
  ttlMs: 60_000,
};

const event: fc.Arbitrary<TaskEvent> = fc.oneof(
  fc.record({
    is: fc.constant("asks" as const),
    inputRequests: fc.dictionary(fc.string(), fc.jsonValue()),
  }),
  fc.constant<TaskEvent>({ is: "answered" }),
  fc.record({ is: fc.constant("says" as const), message: fc.string() }),
  fc.record({
    is: fc.constant("completed" as const),
    result: fc.jsonValue().map((value) => JSON.stringify({ value })),
  }),
  fc.record({
    is: fc.constant("failed" as const),
    error: fc.record({ code: fc.integer(), message: fc.string() }),
  }),
  fc.constant<TaskEvent>({ is: "cancelled" }),
);

test("a task goes the ways of the specification's diagram and ends once, whatever happens to it", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fc.nat(5_000))), (events) => {
      let record = START;
      for (const [happens, atMs] of events) {
        const next = taskAfter(record, happens, atMs);
        if (isOver(record)) expect(next).toBeUndefined();
        if (next === undefined) continue;
        // Clocks jump; what clients see of time does not go back.
        expect(next.updatedAtMs).toBeGreaterThanOrEqual(record.updatedAtMs);
        expect({ ...next, createdAtMs: START.createdAtMs, ttlMs: START.ttlMs }).toEqual(next);
        record = next;
        tellsRight(record);
      }
    }),
  );
});

/** Each status has its own member and no other (Tasks extension, "Task Status"). */
function tellsRight(record: TaskRecord): void {
  const told = JSON.parse(detailedTask(record, "id").text);
  expect(told).toMatchObject({ resultType: "complete", taskId: "id", status: record.status });
  expect("inputRequests" in told).toBe(record.status === "input_required");
  expect("result" in told).toBe(record.status === "completed");
  expect("error" in told).toBe(record.status === "failed");
  const created = JSON.parse(createdTask(record, "id").text);
  expect(created.resultType).toBe("task");
  for (const member of ["inputRequests", "result", "error", "requestState"])
    expect(created).not.toHaveProperty(member);
}

test("a result is told in the very bytes of the worker", () => {
  const result = '{"b":1.0,  "a":12345678901234567890}';
  const over = taskAfter(START, { is: "completed", result }, 2_000);
  expect(over && detailedTask(over, "id").text).toContain(`"result":${result}`);
});

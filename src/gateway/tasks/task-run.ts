/** One call that has become a task, at the gateway that makes it: drives it to its end and keeps its record up to date. */
import { type Clock, sleep } from "../../protocol/clock.ts";
import { FlotillaError, messageOf } from "../../protocol/errors.ts";
import { keys } from "../../protocol/records.ts";
import { toWireError } from "../../protocol/wire-errors.ts";
import type { RecordStore } from "../../store/contract.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { McpOutcome } from "../call.ts";
import type { Forwarded } from "../route/forward.ts";
import { resultTypeOf } from "../upstream/modern/modern-client.ts";
import { answersFor, readRound, type Round } from "./questions.ts";
import { isOver, taskAfter, type TaskEvent, type TaskRecord } from "./task-state.ts";

export interface TaskRunOptions {
  id: string;
  record: TaskRecord;
  /** Of the record, as created. */
  version: number;
  records: Pick<RecordStore, "put">;
  clock: Clock;
  telemetry: Telemetry;
  /** How long a question waits for its answer. */
  askMs: number;
  /** Ends the call at the worker. */
  abort(): void;
  /** Goes on with the call after its questions were answered. */
  again(answers: {
    inputResponses: Record<string, unknown>;
    requestState?: string;
  }): Promise<Forwarded>;
}

/** Of a result in the store, which holds up to 4 MiB of JSON; escaping may double a text. */
const MAX_RESULT_CHARS = 1024 * 1024;
/** A worker that asks for ever is not waited for for ever. */
const MAX_ROUNDS = 100;
const MAX_WRITES = 5;
const WRITE_AGAIN_MS = 1_000;
/** What a worker says of its progress is written no more often. */
const SAY_MS = 2_000;

export class TaskRun {
  readonly #options: TaskRunOptions;
  readonly #usedKeys = new Set<string>();
  readonly #end = new AbortController();
  #record: TaskRecord;
  #version: number;
  #round: { asked: Round; given: Map<string, unknown>; done: () => void } | undefined;
  #writing: Promise<void> = Promise.resolve();
  #saidAtMs = -Infinity;
  #isDisowned = false;

  constructor(options: TaskRunOptions) {
    this.#options = options;
    this.#record = options.record;
    this.#version = options.version;
  }

  /** Another gateway took this one for dead and ended the task: its record counts, not ours. */
  get isDisowned(): boolean {
    return this.#isDisowned;
  }

  get record(): TaskRecord {
    return this.#record;
  }

  /** Resolves when the task is over and its end is written, as far as the store allows. Never rejects. */
  async drive(first: Promise<Forwarded>): Promise<void> {
    let turn = first;
    try {
      for (let rounds = 0; !isOver(this.#record); rounds += 1) {
        const { outcome } = await turn;
        if (outcome.kind !== "input_required") {
          this.#apply(endOf(outcome));
          break;
        }
        if (rounds >= MAX_ROUNDS) throw new Error("The worker asks without end.");
        const answers = await this.#ask(readRound(outcome.result.text, this.#usedKeys));
        if (answers === undefined) break;
        turn = this.#options.again(answers);
      }
    } catch (error) {
      this.#apply(failed(new FlotillaError("drone_protocol", messageOf(error))));
    }
    await this.#writing;
  }

  /** Answers of the client. Keys that are not open are passed over; some may be missing yet. */
  update(inputResponses: Record<string, unknown>): void {
    const round = this.#round;
    if (round === undefined) return;
    for (const [key, answer] of Object.entries(inputResponses)) {
      if (round.asked.inner.has(key) && !round.given.has(key)) round.given.set(key, answer);
    }
    const { inner, inputRequests } = round.asked;
    const open = [...inner.keys()].filter((key) => !round.given.has(key));
    if (open.length === 0) return round.done();
    const left = Object.fromEntries(open.map((key) => [key, inputRequests[key]]));
    this.#apply({ is: "asks", inputRequests: left });
  }

  /** Ends it now, in the client's name. */
  cancel(): void {
    this.#apply({ is: "cancelled" });
    this.#stop();
  }

  /** The gateway is going; the worker's call cannot outlive it. */
  lose(error: FlotillaError): void {
    this.#apply(failed(error));
    this.#stop();
  }

  /** What the worker says of its progress. */
  say(message: string): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#saidAtMs < SAY_MS || message === this.#record.statusMessage) return;
    this.#saidAtMs = nowMs;
    this.#apply({ is: "says", message });
  }

  #stop(): void {
    this.#end.abort();
    this.#options.abort();
  }

  async #ask(
    asked: Round,
  ): Promise<{ inputResponses: Record<string, unknown>; requestState?: string } | undefined> {
    const { clock, askMs } = this.#options;
    const given = new Map<string, unknown>();
    const { promise, resolve } = Promise.withResolvers<void>();
    // Nothing to answer: the worker only wants to be called again.
    if (asked.inner.size === 0) await sleep(clock, WRITE_AGAIN_MS, this.#end.signal);
    else {
      this.#round = { asked, given, done: resolve };
      this.#apply({ is: "asks", inputRequests: asked.inputRequests });
      await Promise.race([promise, sleep(clock, askMs, this.#end.signal)]);
      this.#round = undefined;
    }
    if (isOver(this.#record)) return undefined;
    const inputResponses = answersFor(asked, given);
    if (inputResponses === undefined) {
      this.#apply(failed(unanswered()));
      this.#options.abort();
      return undefined;
    }
    this.#apply({ is: "answered" });
    const { requestState } = asked;
    return { inputResponses, ...(requestState === undefined ? {} : { requestState }) };
  }

  #apply(event: TaskEvent): void {
    const next = taskAfter(this.#record, event, this.#options.clock.now());
    if (next === undefined) return;
    this.#record = next;
    if (isOver(next)) {
      const { status, worker } = next;
      this.#options.telemetry.meter.count("tasks_total", 1, { worker, status });
    }
    this.#writing = this.#after(this.#writing, next);
  }

  async #after(before: Promise<void>, record: TaskRecord): Promise<void> {
    await before;
    await this.#write(record);
  }

  async #write(record: TaskRecord): Promise<void> {
    // A later state is on its way: it says all that this one would.
    if (record !== this.#record) return;
    const { id, records, clock, telemetry } = this.#options;
    for (let tries = 1; ; tries += 1) {
      try {
        const put = await records.put(keys.task(id), record, {
          ifVersion: this.#version,
          expiresAtMs: record.createdAtMs + record.ttlMs,
        });
        if (put.ok) this.#version = put.version;
        if (put.ok) return;
        // An end that was told stays, though the call may still be under way.
        this.#isDisowned = true;
        this.#stop();
        telemetry.log.warn("a task was ended by another gateway", { task: id });
        return;
      } catch (error) {
        const reason = messageOf(error);
        telemetry.log.warn("writing a task failed", { task: id, reason });
        if (tries >= MAX_WRITES) return;
        await sleep(clock, WRITE_AGAIN_MS * tries);
      }
    }
  }
}

function endOf(outcome: McpOutcome & { kind: "result" | "error" }): TaskEvent {
  if (outcome.kind === "error") return { is: "failed", error: outcome.error };
  const { text } = outcome.result;
  if (resultTypeOf(text) !== "complete") {
    return failed(new FlotillaError("drone_protocol", "The worker answered a task with a task."));
  }
  if (text.length <= MAX_RESULT_CHARS) return { is: "completed", result: text };
  return failed(
    new FlotillaError("message_too_large", "The task ran; its result is too large to be kept.", {
      hint: `Ask for less: results of tasks may have ${MAX_RESULT_CHARS} characters.`,
      data: { mayHaveRun: true },
    }),
  );
}

const failed = (error: FlotillaError): TaskEvent => ({ is: "failed", error: toWireError(error) });

const unanswered = (): FlotillaError =>
  new FlotillaError(
    "call_ambiguous",
    "The task's question was not answered in time, and its call was ended. It may have run in part.",
    { hint: "Check its effect before you start it anew." },
  );

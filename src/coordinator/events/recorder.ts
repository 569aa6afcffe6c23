/**
 * Writes events without making anyone wait: a bounded buffer per topic, appended in batches, topics kept short.
 * When the store cannot keep up the oldest unwritten events go, and how many is said.
 */
import type { EventTopic, LogEvent } from "../../protocol/api.ts";
import type { Clock, Timer } from "../../protocol/clock.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { DroneOutput } from "../../launchers/contract.ts";
import type { EventLog } from "../../store/contract.ts";
import type { Telemetry } from "../../telemetry/index.ts";

export interface EventRecorder {
  /** Never blocks, never throws. */
  append(topic: EventTopic, value: unknown): void;
  /** A line for the `logs` topic. */
  recordLog(event: LogEvent): void;
  /** Takes what drones write to stderr: hand it to launchers. A claim id is the drone's id. */
  readonly droneOutput: DroneOutput;
  /** Resolves when everything appended so far is written, or was given up. */
  flush(): Promise<void>;
  /** Flushes, then takes no more. */
  close(): Promise<void>;
}

export interface RecorderOptions {
  events: EventLog;
  clock: Clock;
  telemetry: Telemetry;
  /** Newest events kept per topic. */
  keep?: Partial<Record<EventTopic, number>>;
}

/** About a day of a busy laptop, a few MB each. */
const KEEP: Record<EventTopic, number> = {
  calls: 10_000,
  drones: 5_000,
  logs: 20_000,
  health: 2_000,
};
const MAX_BUFFERED = 10_000;
/** Events of the topic are counted, not timed: quiet topics cost nothing. */
const TRIM_EVERY = 500;
const MAX_MESSAGE_CHARS = 8_192;
/** Drone output is gathered a little: a chatty worker must not cost a transaction per line. */
const LOG_DELAY_MS = 25;

export function createEventRecorder(options: RecorderOptions): EventRecorder {
  const keep = { ...KEEP, ...options.keep };
  const topics = new Map<EventTopic, TopicWriter>();
  let closed = false;
  const writer = (topic: EventTopic): TopicWriter => {
    let found = topics.get(topic);
    if (found === undefined) {
      found = createTopicWriter(options, topic, keep[topic]);
      topics.set(topic, found);
    }
    return found;
  };
  const append = (topic: EventTopic, value: unknown): void => {
    if (!closed) writer(topic).add(value);
  };
  const recordLog = (log: LogEvent): void => {
    const message = log.message.slice(0, MAX_MESSAGE_CHARS);
    append("logs", { topic: "logs", log: { ...log, message } });
  };
  const flush = async (): Promise<void> => {
    await Promise.all([...topics.values()].map((topic) => topic.flush()));
  };
  return {
    append,
    recordLog,
    droneOutput: ({ worker, claimId, text }) =>
      recordLog({ level: "info", source: worker, worker, drone: claimId, message: text }),
    flush,
    async close() {
      closed = true;
      await flush();
    },
  };
}

interface TopicWriter {
  add(value: unknown): void;
  flush(): Promise<void>;
}

function createTopicWriter(options: RecorderOptions, topic: EventTopic, keep: number): TopicWriter {
  const { log, meter } = options.telemetry;
  let buffer: unknown[] = [];
  // Forces one trim soon after a start: the process before may have left more.
  let sinceTrim = TRIM_EVERY;
  let writing: Promise<void> | undefined;
  let timer: Timer | undefined;

  const writeAll = async (): Promise<void> => {
    while (buffer.length > 0) {
      const batch = buffer;
      buffer = [];
      try {
        await options.events.append(topic, batch);
        sinceTrim += batch.length;
        if (sinceTrim >= TRIM_EVERY) {
          sinceTrim = 0;
          await options.events.trim(topic, keep);
        }
      } catch (error) {
        meter.count("events_lost_total", batch.length, { topic });
        log.warn("events lost", { topic, count: batch.length, error: messageOf(error) });
      }
    }
  };
  const write = (): Promise<void> => {
    timer?.cancel();
    timer = undefined;
    if (writing !== undefined) return writing;
    if (buffer.length === 0) return Promise.resolve();
    writing = writeAll().then(() => {
      writing = undefined;
      // What came after the last look and before this line.
      return write();
    });
    return writing;
  };

  return {
    add(value) {
      if (buffer.length >= MAX_BUFFERED) {
        buffer.shift();
        meter.count("events_lost_total", 1, { topic });
      }
      buffer.push(value);
      if (writing !== undefined || timer !== undefined) return;
      if (topic === "logs") timer = options.clock.after(LOG_DELAY_MS, () => void write());
      else void write();
    },
    flush: write,
  };
}

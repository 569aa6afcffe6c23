/**
 * The kill test: gateways die under load, and nobody but the calls that were in them notices. In CI for a few kills;
 * FLOTILLA_KILL_SECONDS=60 is the full form.
 */
import type { Agent } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gatewaysOf, startTally, type TallyFleet } from "./gateways.ts";
import { connections, SessionClient, textOf } from "./session-client.ts";
import { waitFor } from "./wait.ts";

const GATEWAYS = 4;
const SESSIONS = 1_000;
const CALLS_PER_SECOND = 200;
const KILL_EVERY_MS = 2_000;
const SECONDS = Number(process.env["FLOTILLA_KILL_SECONDS"] ?? 12);
/** Between the signal and the last of the dead process's connections breaking, on a machine under load. */
const DYING_MS = 250;

interface Call {
  id: string;
  startedMs: number;
  endedMs: number;
  outcome: "ok" | "refused" | "broken" | "wrong";
  detail: string;
}

async function makeCall(client: SessionClient, id: string): Promise<Call> {
  const startedMs = performance.now();
  const done = (outcome: Call["outcome"], detail = ""): Call => ({
    id,
    startedMs,
    outcome,
    detail,
    endedMs: performance.now(),
  });
  try {
    const { status, messages } = await client.ask("tools/call", {
      name: "tally",
      arguments: { id, ms: 20 },
    });
    const answer = messages.at(-1);
    if (status !== 200) return done("wrong", `status ${status}`);
    if (answer?.error !== undefined) {
      const { code, retryable } = answer.error.data ?? {};
      const isHonest = retryable === true || code === "call_ambiguous";
      return done(isHonest ? "refused" : "wrong", JSON.stringify(answer.error));
    }
    return textOf(answer) === id ? done("ok") : done("wrong", JSON.stringify(answer));
  } catch (error) {
    return done("broken", String(error));
  }
}

describe.skipIf(process.platform === "win32")("four gateways, one killed every two seconds", () => {
  let fleet: TallyFleet;
  let agent: Agent;
  const sessions: SessionClient[] = [];
  const calls: Call[] = [];
  const kills: number[] = [];

  beforeAll(
    async () => {
      fleet = await startTally(GATEWAYS, ["--log", "info"]);
      agent = connections(true);
      for (let at = 0; at < SESSIONS; at += 50) {
        const some = Array.from({ length: 50 }, () => new SessionClient(fleet.url, agent).open());
        sessions.push(...(await Promise.all(some)));
      }
      await load();
    },
    SECONDS * 1_000 + 120_000,
  );
  afterAll(async () => {
    agent.destroy();
    await fleet[Symbol.asyncDispose]();
  });

  /** Calls at a fixed rate, whatever happens to the ones before: an open loop, as clients are. */
  async function load(): Promise<void> {
    const startMs = performance.now();
    const pending: Promise<unknown>[] = [];
    let nextKillMs = startMs + KILL_EVERY_MS / 2;
    let victim = 0;
    for (let no = 0; no < SECONDS * CALLS_PER_SECOND; no++) {
      const dueMs = startMs + (no * 1_000) / CALLS_PER_SECOND;
      const earlyMs = dueMs - performance.now();
      if (earlyMs > 1) await pause(earlyMs);
      if (performance.now() >= nextKillMs) {
        const alive = gatewaysOf(fleet.flotilla);
        const target = alive[victim++ % Math.max(1, alive.length)];
        if (target !== undefined) process.kill(target.pid, "SIGKILL");
        kills.push(performance.now());
        nextKillMs += KILL_EVERY_MS;
      }
      const client = sessions[Math.floor(Math.random() * sessions.length)];
      if (client === undefined) throw new Error("no sessions");
      pending.push(makeCall(client, `call-${no}`).then((call) => calls.push(call)));
    }
    await Promise.all(pending);
  }

  const failed = (): Call[] => calls.filter(({ outcome }) => outcome !== "ok");

  test("only calls that were in a gateway when it was killed fail, and say so", () => {
    expect(kills.length).toBeGreaterThanOrEqual(Math.floor(SECONDS / 2) - 1);
    expect(calls).toHaveLength(SECONDS * CALLS_PER_SECOND);
    expect(failed().filter(({ outcome }) => outcome === "wrong")).toEqual([]);
    const unexplained = failed().filter(
      ({ startedMs, endedMs }) =>
        !kills.some((killMs) => startedMs <= killMs + DYING_MS && endedMs >= killMs - 1),
    );
    expect(unexplained).toEqual([]);
    // A gateway has a quarter of what is under way; far more would mean that others lost theirs too.
    expect(failed().length).toBeLessThanOrEqual(kills.length * 20);
  });

  test("no call is executed twice, and every answered one exactly once", () => {
    const executed = fleet.executed();
    const twice = [...executed].filter(([, times]) => times > 1);
    expect(twice).toEqual([]);
    const answered = calls.filter(({ outcome }) => outcome === "ok");
    expect(answered.filter(({ id }) => executed.get(id) !== 1)).toEqual([]);
  });

  test("no session is lost", async () => {
    const lost: string[] = [];
    for (let at = 0; at < SESSIONS; at += 50) {
      await Promise.all(
        sessions.slice(at, at + 50).map(async (client, no) => {
          const { status, messages } = await client.ask("ping");
          if (status !== 200 || messages[0]?.result === undefined)
            lost.push(`${at + no}: ${status}`);
        }),
      );
    }
    expect(lost).toEqual([]);
  });

  test("the worker was started once and initialised once", () => {
    expect(fleet.starts().map((line) => line.split(" ")[0])).toEqual(["start", "initialize"]);
  });

  test("there are four gateways again", async () => {
    await waitFor(() => gatewaysOf(fleet.flotilla).length === GATEWAYS, {
      what: "four gateways",
      deadlineMs: 10_000,
    });
    const recoveries = [...fleet.flotilla.log().matchAll(/serves again.*?tookMs=(\d+)/g)];
    const tookMs = recoveries.map(([, ms]) => Number(ms)).toSorted((a, b) => a - b);
    const rss = gatewaysOf(fleet.flotilla).map(({ rssKiB }) => Math.round(rssKiB / 1024));
    const broken = failed().filter(({ outcome }) => outcome === "broken").length;
    process.stdout.write(
      `${calls.length} calls, ${kills.length} kills, ${failed().length} failed (${broken} broken connections); ` +
        `recovery median ${tookMs[Math.floor(tookMs.length / 2)]} ms, worst ${tookMs.at(-1)} ms; ` +
        `gateways ${rss.join(", ")} MiB\n`,
    );
    expect(tookMs.length).toBeGreaterThanOrEqual(kills.length - 1);
  });
});

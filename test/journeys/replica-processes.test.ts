/** Processes of a fleet with several gateways: how many there are, what each calls itself, and how they end. */
import { describe, expect, test } from "vitest";
import { gatewaysOf, startTally } from "./gateways.ts";
import { processesWith } from "./processes.ts";
import { connections, SessionClient, textOf } from "./session-client.ts";
import { waitFor } from "./wait.ts";

const GATEWAYS = 4;
const AGENTS = 10;
const soon = { deadlineMs: 10_000 };

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe.skipIf(process.platform === "win32")("mistakes already paid for by others", () => {
  // ContextForge #4557: an identity computed before the fork was every process's, and each call ran in all of them.
  test("identity: every gateway process has a name of its own, made for its start", async () => {
    await using fleet = await startTally(GATEWAYS);
    const names = async (): Promise<string[]> => {
      // The connection it had may have been the killed one's.
      const page = await fetch(`${fleet.flotilla.url}/metrics`).catch(() => undefined);
      const text = (await page?.text()) ?? "";
      const all = [...text.matchAll(/gateway="(gateway-[^"]+)"/g)].map(([, name]) => name ?? "");
      return [...new Set(all)].toSorted();
    };
    const agent = connections(false);
    // A gateway that has answered something has metrics.
    for (let turn = 0; turn < GATEWAYS; turn++) await new SessionClient(fleet.url, agent).open();
    await waitFor(async () => (await names()).length === GATEWAYS, { what: "four names", ...soon });
    const before = await names();
    const [victim] = gatewaysOf(fleet.flotilla);
    if (victim !== undefined) process.kill(victim.pid, "SIGKILL");
    await waitFor(
      async () => {
        await new SessionClient(fleet.url, agent).open().catch(() => undefined);
        return (await names()).filter((name) => !before.includes(name)).length === 1;
      },
      { what: "a new name", ...soon },
    );
    agent.destroy();
  });

  // ContextForge #4557 again: 24 workers, 24 executions.
  test("amplification: one call executes once, however many gateways there are", async () => {
    await using fleet = await startTally(GATEWAYS);
    const agent = connections(false);
    const session = await new SessionClient(fleet.url, agent).open();
    for (let no = 0; no < 40; no++) {
      expect(textOf(await session.call("tally", { id: `once-${no}` }))).toBe(`once-${no}`);
    }
    expect([...fleet.executed().values()].filter((times) => times !== 1)).toEqual([]);
    expect(fleet.executed().size).toBe(40);
    agent.destroy();
  });

  // ContextForge #950, MetaMCP #272, Docker #318: a session, a process or a container for each of something.
  test("processes: ten agents with ten sessions each cost no process and no handshake more than one", async () => {
    await using fleet = await startTally(GATEWAYS);
    const agent = connections(true);
    const agents = Array.from({ length: AGENTS }, async (_, no) => {
      for (let turn = 0; turn < 10; turn++) {
        const session = await new SessionClient(fleet.url, agent).open();
        await session.call("tally", { id: `agent-${no}-${turn}` });
      }
    });
    await Promise.all(agents);
    expect(fleet.executed().size).toBe(AGENTS * 10);
    expect(fleet.starts().map((line) => line.split(" ")[0])).toEqual(["start", "initialize"]);
    expect(gatewaysOf(fleet.flotilla)).toHaveLength(GATEWAYS);
    agent.destroy();
  });

  // MetaMCP PR #273 and others: what outlives its parent.
  test("orphans: when the process that holds the fleet is killed, nothing of it remains", async () => {
    const fleet = await startTally(GATEWAYS);
    const agent = connections(false);
    const session = await new SessionClient(fleet.url, agent).open();
    await session.call("tally", { id: "before" });
    const pids = gatewaysOf(fleet.flotilla).map(({ pid }) => pid);
    expect(pids).toHaveLength(GATEWAYS);
    await fleet.flotilla.end("SIGKILL");
    await waitFor(() => !pids.some(isAlive), { what: "the gateways to end", ...soon });
    await waitFor(() => processesWith(fleet.mark).length === 0, {
      what: "the worker to end",
      ...soon,
    });
    agent.destroy();
    await fleet[Symbol.asyncDispose]();
  });

  test("a gateway that is stopped answers what it has", async () => {
    const fleet = await startTally(GATEWAYS);
    const agent = connections(false);
    const session = await new SessionClient(fleet.url, agent).open();
    await session.call("tally", { id: "warm" });
    const calls = Array.from({ length: 20 }, (_, no) =>
      session.call("tally", { id: `s${no}`, ms: 400 }),
    );
    await waitFor(() => fleet.executed().size === 21, { what: "the calls to run", ...soon });
    const [exit, ...answers] = await Promise.all([fleet.flotilla.end("SIGTERM"), ...calls]);
    expect(answers.map((answer, no) => textOf(answer) === `s${no}`)).toEqual(
      answers.map(() => true),
    );
    expect(exit.code).toBe(0);
    agent.destroy();
    await fleet[Symbol.asyncDispose]();
  });
});

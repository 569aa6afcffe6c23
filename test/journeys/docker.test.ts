/**
 * Three workers as containers of a real Docker Engine, which lose containers, their network and Flotilla itself.
 * FLOTILLA_JOURNEY_DOCKER sets how many drones there are (default 6; 50 is the full number).
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestEngine } from "../../src/launchers/drivers/docker/testing/engine.node.ts";
import {
  DOCKER_NEEDED,
  HAS_DOCKER,
  startDocker,
} from "../../src/launchers/drivers/docker/testing/engine.node.ts";
import {
  type Container,
  containersOf,
  craneInContainer,
  cutOff,
  killContainer,
  runningOf,
} from "./containers.ts";
import { type Flotilla, makeFolder, startFlotilla } from "./flotilla.ts";
import { waitFor } from "./wait.ts";
import { type Answer, call, callText } from "./wire.ts";

const WORKERS = ["pipe", "web", "tight"] as const;
const DRONES_EACH = Math.ceil(Number(process.env["FLOTILLA_JOURNEY_DOCKER"] ?? 6) / WORKERS.length);
const DRONES = DRONES_EACH * WORKERS.length;
/** A container takes half a second to start here, and one at a time on a machine of two processors. */
const CONVERGE_MS = 30_000 + 4_000 * DRONES;
/** Longer than any of this: what is killed has not answered. */
const LONG_MS = 600_000;
const soon = { deadlineMs: 20_000 };
const SUITE_MS = 4 * CONVERGE_MS;
const TIGHT = { memory: "128MB", cpus: 0.5, pids: 40 };

describe.skipIf(!HAS_DOCKER)(`${DRONES} drones in containers ${DOCKER_NEEDED}`, () => {
  const folder = makeFolder();
  const stateDir = join(folder, "state");
  let docker: TestEngine;
  let flotilla: Flotilla;

  const up = (names: readonly string[]): Promise<Flotilla> => {
    const scale = { min: DRONES_EACH, max: DRONES_EACH, callsPerDrone: 4 };
    const common = { network: docker.network, folder, scale };
    const all: Record<string, object> = {
      pipe: craneInContainer(common),
      web: craneInContainer({ ...common, http: true }),
      tight: craneInContainer({ ...common, container: TIGHT }),
    };
    const workers = Object.fromEntries(names.map((name) => [name, all[name]]));
    const env = { DOCKER_HOST: `unix://${docker.socketPath}` };
    return startFlotilla({ config: { toolpacks: "none", workers }, stateDir, env });
  };
  beforeAll(async () => {
    docker = await startDocker();
    flotilla = await up(WORKERS);
  }, SUITE_MS);
  afterAll(async () => {
    await flotilla[Symbol.asyncDispose]();
    await docker[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  }, SUITE_MS);

  const urlOf = (worker: string): string => `${flotilla.url}/mcp/${worker}`;
  const executors = (id: string): string[] => {
    const file = join(folder, "ledger");
    const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    return lines.flatMap((line) => {
      const [what, where = ""] = line.split(" ");
      return what === id ? [where.split("/")[0] ?? ""] : [];
    });
  };
  /** As many drones as are wanted, all ready, and no container besides. */
  async function converged(names: readonly string[] = WORKERS): Promise<void> {
    const holds = async (): Promise<boolean> => {
      const statuses = await Promise.all(names.map((name) => flotilla.worker(name)));
      const drones = statuses.flatMap((status) => status.drones);
      const containers = await containersOf(docker);
      return (
        drones.length === DRONES_EACH * names.length &&
        drones.every(({ phase }) => phase === "ready") &&
        drones.every(({ handle }) =>
          containers.some((one) => one.id === handle && one.isRunning),
        ) &&
        containers.length === drones.length
      );
    };
    await waitFor(holds, { what: "a fleet as wanted", deadlineMs: CONVERGE_MS });
  }
  /** Begins a long call and hands over the container that executes it. */
  async function under(
    worker: string,
    tool: "lift" | "look",
    args: { id: string; ms: number },
  ): Promise<{ answer: Promise<Answer>; victim: Container }> {
    const answer = call(urlOf(worker), tool, args);
    await waitFor(() => executors(args.id).length > 0, { what: "the call to run", ...soon });
    const [hostname] = executors(args.id);
    const victim = (await runningOf(docker)).find((one) => one.hostname === hostname);
    if (victim === undefined) throw new Error(`no container ${hostname}`);
    return { answer, victim };
  }

  test(
    "become ready, and calls reach each of them",
    async () => {
      await converged();
      for (const worker of WORKERS) {
        const seen = new Set<string>();
        const all = async (): Promise<boolean> => {
          const many = Array.from({ length: DRONES_EACH * 4 }, () =>
            callText(urlOf(worker), "where"),
          );
          for (const here of await Promise.all(many)) seen.add(here);
          return seen.size === DRONES_EACH;
        };
        await waitFor(all, { what: `an answer of every drone of ${worker}`, ...soon });
      }
    },
    SUITE_MS,
  );

  test("have the limits that were set, or the defaults, seen from inside", async () => {
    const shut = { root: "EROFS", tmp: "done" };
    const limits = { memory: String(512 * 1024 * 1024), pids: "256" };
    for (const worker of ["pipe", "web"]) {
      const { result } = await call(urlOf(worker), "limits");
      expect(result?.["structuredContent"]).toMatchObject({ ...shut, ...limits });
    }
    const { result } = await call(urlOf("tight"), "limits");
    const tight = { memory: String(128 * 1024 * 1024), pids: "40" };
    expect(result?.["structuredContent"]).toMatchObject({ ...shut, ...tight });
    expect(result?.["structuredContent"]).toMatchObject({
      cpu: expect.stringMatching(/^50000( 100000)?$/),
    });
  });

  test(
    "that are killed under a call that may not run twice: an honest error, and no second run",
    async () => {
      for (const worker of ["pipe", "web"]) {
        const id = `lift-${worker}`;
        const { answer, victim } = await under(worker, "lift", { id, ms: LONG_MS });
        await killContainer(docker, victim);
        expect((await answer).error?.data).toMatchObject({ code: "call_ambiguous", worker });
        expect(executors(id)).toEqual([victim.hostname]);
      }
      await converged();
    },
    SUITE_MS,
  );

  test(
    "that are killed under a call that only reads: another one answers",
    async () => {
      for (const worker of ["pipe", "web"]) {
        const id = `look-${worker}`;
        const { answer, victim } = await under(worker, "look", { id, ms: 1_500 });
        await killContainer(docker, victim);
        const { result } = await answer;
        const [first, second] = executors(id);
        expect(first).toBe(victim.hostname);
        expect(second).not.toBe(first);
        expect(result?.["content"]).toMatchObject([
          { text: expect.stringContaining(`${second}/`) },
        ]);
      }
      await converged();
    },
    SUITE_MS,
  );

  test(
    "that take more memory than they may are ended alone, and replaced",
    async () => {
      const before = await runningOf(docker, "pipe");
      const { error } = await call(urlOf("tight"), "hoard");
      expect(error?.data).toMatchObject({ code: "call_ambiguous", worker: "tight" });
      await converged();
      expect(await callText(urlOf("tight"), "where")).toMatch(/^[0-9a-f]{12}\//);
      expect(await runningOf(docker, "pipe")).toEqual(before);
    },
    SUITE_MS,
  );

  test(
    "that lose their network are not waited for: the others answer",
    async () => {
      const [victim] = await runningOf(docker, "web");
      if (victim === undefined) throw new Error("no container of web");
      await cutOff(docker, victim);
      const calls = Array.from({ length: 4 * DRONES_EACH }, () => call(urlOf("web"), "where"));
      const hosts = (await Promise.all(calls)).map(({ result, error }) => {
        expect(error).toBeUndefined();
        return JSON.stringify(result);
      });
      expect(hosts.filter((text) => text.includes(victim.hostname))).toEqual([]);
      const isReplaced = async (): Promise<boolean> =>
        (await containersOf(docker)).every(({ id }) => id !== victim.id);
      await waitFor(isReplaced, { what: "it to be ended", ...soon });
      await converged();
    },
    SUITE_MS,
  );

  test(
    "a third of them killed at once under load: every call has an answer or a typed error",
    async () => {
      const victims = (await runningOf(docker)).filter((_, at) => at % 3 === 0);
      const calls = WORKERS.flatMap((worker) =>
        Array.from({ length: 4 * DRONES_EACH }, (_, at) =>
          call(urlOf(worker), at % 2 === 0 ? "look" : "lift", { id: `${worker}-${at}`, ms: 300 }),
        ),
      );
      await Promise.all(victims.map((one) => killContainer(docker, one)));
      const answers = await Promise.all(calls);
      const codes = answers.flatMap(({ error }) => (error === undefined ? [] : error.data?.code));
      const honest = ["call_ambiguous", "drone_lost", "worker_unavailable"];
      expect(codes.filter((code) => !honest.includes(code ?? ""))).toEqual([]);
      for (const worker of WORKERS) {
        for (let at = 1; at < 4 * DRONES_EACH; at += 2) {
          expect(executors(`${worker}-${at}`).length).toBeLessThanOrEqual(1);
        }
      }
      await converged();
    },
    SUITE_MS,
  );

  test(
    "kill -9 of Flotilla: those on stdin end by themselves, those over HTTP are found again",
    async () => {
      const web = (await runningOf(docker, "web")).map(({ id }) => id).toSorted();
      const lost = call(urlOf("pipe"), "lift", { id: "at-the-end", ms: LONG_MS }).catch(
        () => "cut",
      );
      await waitFor(() => executors("at-the-end").length === 1, { what: "a call to run", ...soon });
      await flotilla.end("SIGKILL");
      expect(await lost).toBe("cut");
      const areGone = async (): Promise<boolean> =>
        (await runningOf(docker)).every(({ worker }) => worker === "web");
      await waitFor(areGone, { what: "drones on stdin to end", deadlineMs: CONVERGE_MS });
      flotilla = await up(WORKERS);
      await converged();
      expect((await runningOf(docker, "web")).map(({ id }) => id).toSorted()).toEqual(web);
      for (const worker of WORKERS) await callText(urlOf(worker), "where");
      expect(executors("at-the-end")).toHaveLength(1);
    },
    SUITE_MS,
  );

  test(
    "of a worker that is no longer wanted are swept by the next start, and SIGTERM leaves none on stdin",
    async () => {
      await flotilla.end("SIGKILL");
      flotilla = await up(["pipe"]);
      await converged(["pipe"]);
      expect(await flotilla.end("SIGTERM")).toEqual({ code: 0, signal: null });
      expect(await containersOf(docker)).toEqual([]);
    },
    SUITE_MS,
  );
});

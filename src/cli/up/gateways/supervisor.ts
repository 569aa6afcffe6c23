/** Keeps so many gateway processes alive: starts them, hands them connections, starts anew those that end. */
import { type ChildProcess, fork } from "node:child_process";
import type { Socket } from "node:net";
import { extname, join } from "node:path";
import { FlotillaError, messageOf, systemNewId } from "../../../protocol/index.ts";
import type { Logger } from "../../../telemetry/index.ts";
import type { Door, Taker } from "./door.ts";
import { type FromGateway, type GatewayStart, isMessage, type ToGateway } from "./messages.ts";

export interface Supervisor {
  /** Resolves when every gateway serves; rejects when the first start of one fails. */
  start(): Promise<void>;
  /** Metrics of every gateway, as text, by gateway id. */
  metrics(): Promise<ReadonlyMap<string, string>>;
  /** Ends them; those that have not ended after the grace are killed. */
  stop(graceMs: number): Promise<void>;
}

export interface SupervisorOptions {
  count: number;
  door: Door;
  log: Logger;
  start: Omit<GatewayStart, "kind" | "gatewayId">;
  /** A gateway process is gone: what it left in the store is to be cleared. */
  onGone(gatewayId: string): void;
}

const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 10_000;
/** A gateway that lived so long had no bad start: it is started again without waiting. */
const SOUND_MS = 1_000;
const START_MS = 30_000;
const METRICS_MS = 1_000;
/** What a process said before it ended is in the pipe already: far longer than reading that takes. */
const LAST_WORDS_MS = 100;

const CHILD = join(import.meta.dirname, `child${extname(import.meta.filename)}`);

type Taken = Awaited<ReturnType<Taker["take"]>>;

interface Slot {
  failures: number;
  gateway: Gateway | undefined;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const slots = Array.from({ length: options.count }, (): Slot => ({
    failures: 0,
    gateway: undefined,
  }));
  let stopping = false;

  async function run(slot: Slot): Promise<void> {
    const gateway = new Gateway(options);
    slot.gateway = gateway;
    void gateway.ended.then((reason) => again(slot, gateway, reason));
    await gateway.ready;
  }

  function again(slot: Slot, gateway: Gateway, reason: string): void {
    options.onGone(gateway.id);
    slot.gateway = undefined;
    if (stopping) return;
    const livedMs = performance.now() - gateway.startedMs;
    slot.failures = livedMs >= SOUND_MS ? 0 : slot.failures + 1;
    const pauseMs =
      slot.failures === 0 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** slot.failures, MAX_PAUSE_MS);
    options.log.warn("gateway process ended", {
      gateway: gateway.id,
      reason,
      restartInMs: pauseMs,
    });
    const endedMs = performance.now();
    setTimeout(() => {
      if (stopping) return;
      run(slot).then(
        () => {
          const tookMs = Math.round(performance.now() - endedMs);
          options.log.info("gateway process serves again", { gateway: slot.gateway?.id, tookMs });
        },
        (error: unknown) =>
          options.log.error("gateway process failed", { reason: messageOf(error) }),
      );
    }, pauseMs);
  }

  return {
    async start() {
      await Promise.all(slots.map(run));
    },
    async metrics() {
      const all = slots.flatMap(({ gateway }) => gateway ?? []);
      const texts = await Promise.all(
        all.map(async (gateway) => [gateway.id, await gateway.metrics()] as const),
      );
      return new Map(texts);
    },
    async stop(graceMs) {
      stopping = true;
      await Promise.all(slots.map(async ({ gateway }) => gateway?.stop(graceMs)));
    },
  };
}

/** One process, from its start to its end. */
class Gateway {
  /** Made before the process is: whatever it computes from it differs from every other's. */
  readonly id = systemNewId("gateway");
  readonly startedMs = performance.now();
  readonly ready: Promise<void>;
  /** Resolves with why. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #log: Logger;
  readonly #asked = new Map<number, (text: string) => void>();
  #nextNo = 1;
  #taken: PromiseWithResolvers<Taken> | undefined;
  #leave: (() => void) | undefined;

  constructor({ door, log, start }: SupervisorOptions) {
    this.#log = log.with({ gateway: this.id });
    this.#child = fork(CHILD, [], {
      // What a gateway prints by accident belongs where the fleet's own notes go, not among its answers.
      stdio: ["ignore", 2, 2, "ipc"],
      serialization: "json",
    });
    const ready = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      ready.reject(new FlotillaError("internal", "A gateway process did not start in time."));
      this.#child.kill("SIGKILL");
    }, START_MS);
    this.ready = ready.promise.finally(() => clearTimeout(timer));
    this.ready.catch(() => {});
    this.#child.on("message", (message: unknown) => {
      if (!isMessage<FromGateway>(message)) return;
      if (message.kind === "ready") {
        this.#leave = door.open({ take: (socket) => this.#take(socket) });
        ready.resolve();
      } else if (message.kind === "failed") {
        ready.reject(new FlotillaError("internal", `A gateway process failed: ${message.message}`));
      } else this.#hear(message);
    });
    this.ended = this.#end();
    void this.ended.then((reason) =>
      ready.reject(new FlotillaError("internal", `A gateway process ended: ${reason}.`)),
    );
    this.#send({ kind: "start", gatewayId: this.id, ...start });
  }

  async metrics(): Promise<string> {
    const id = this.#nextNo++;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#asked.set(id, resolve);
    const timer = setTimeout(() => resolve(""), METRICS_MS);
    this.#send({ kind: "metrics", id });
    return promise.finally(() => {
      clearTimeout(timer);
      this.#asked.delete(id);
    });
  }

  async stop(graceMs: number): Promise<void> {
    this.#leave?.();
    this.#send({ kind: "stop", graceMs });
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), graceMs + 2_000);
    await this.ended;
    clearTimeout(timer);
  }

  #hear(message: FromGateway): void {
    if (message.kind === "taken") {
      this.#taken?.resolve("taken");
      this.#taken = undefined;
    } else if (message.kind === "metrics") {
      this.#asked.get(message.id)?.(message.text);
    } else if (message.kind === "log") {
      this.#log[message.level](message.message, message.fields);
    }
  }

  #take(socket: Socket): Promise<Taken> {
    const taken = Promise.withResolvers<Taken>();
    this.#taken = taken;
    // Kept open here until the other side says that it has it.
    this.#child.send({ kind: "connection" }, socket, { keepOpen: true }, (error) => {
      if (error !== null) taken.resolve("unsent");
    });
    return taken.promise;
  }

  #send(message: ToGateway): void {
    // A process that is gone says so through `ended`.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** After everything it said was heard: only then is it certain which connections it took. */
  async #end(): Promise<string> {
    const child = this.#child;
    const gone = new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(messageOf(error)));
      child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    const silent = new Promise<void>((resolve) => {
      child.once("disconnect", resolve);
      child.once("error", () => resolve());
      // Node forgets to say so when a connection was on its way to the process as it was killed.
      child.once("exit", () => setTimeout(resolve, LAST_WORDS_MS));
    });
    const [reason] = await Promise.all([gone, silent]);
    this.#leave?.();
    this.#taken?.resolve("lost");
    for (const resolve of this.#asked.values()) resolve("");
    return reason;
  }
}

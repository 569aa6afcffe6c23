/** Ways to drive a world: named commands, a seed that picks them, and the end in which everything must come to rest. */
import { FlotillaError } from "../../protocol/errors.ts";
import { droneOf, healthOf } from "./stage.ts";
import { createWorld, IDLE_MS, type Plant, type World } from "./world.ts";

export const WORKERS = ["alpha", "beta", "gamma"] as const;

/** What can happen. `n` varies it: how many, which one, how long. */
export const COMMANDS = {
  async call(world: World, n: number): Promise<void> {
    const gateway = world.gateways[n % world.gateways.length];
    const worker = WORKERS[n % WORKERS.length] ?? "alpha";
    for (let i = 0; i <= n % 4; i++) await gateway?.arrive(worker);
  },
  async finish(world: World, n: number): Promise<void> {
    for (const gateway of world.gateways) {
      for (const call of gateway.calls)
        if (call.drone !== undefined && n % 3 !== 0) gateway.finish(call);
    }
  },
  async crash(world: World, n: number): Promise<void> {
    const alive = world.launchers.flatMap((launcher) => launcher.alive());
    const drone = alive[n % Math.max(1, alive.length)];
    if (drone === undefined) return;
    world.noteFault();
    world.crash(drone.claimId);
  },
  async launcherFault(world: World, n: number): Promise<void> {
    world.noteFault();
    const codes = [
      "launcher_capacity",
      "launcher_not_ready",
      "launcher_unknown",
      "launcher_denied",
    ] as const;
    const fail = new FlotillaError(codes[n % 4] ?? "launcher_unknown", "planned trouble");
    const faults = [
      { on: "create", fail },
      { on: "create", delayMs: 1_000 + (n % 7) * 1_000 },
      { on: "end", fail },
      { on: "end", stubborn: n % 6 },
      { on: "list", fail },
    ] as const;
    const fault = faults[n % faults.length];
    if (fault !== undefined) world.launchers[n % 2]?.faults.push(fault);
  },
  async probeFault(world: World, n: number): Promise<void> {
    world.noteFault();
    world.probes.push(n % 2 === 0 ? "fail" : "hang");
  },
  async kill(world: World, n: number): Promise<void> {
    world.noteFault();
    if (n % 2 === 0) return world.kill();
    Object.assign(world.life(), { diesAfterCalls: 1 + (n % 13), diesBefore: n % 4 === 1 });
  },
  async boot(world: World): Promise<void> {
    if (!world.life().alive) await world.boot();
  },
  async diskTrouble(world: World, n: number): Promise<void> {
    world.noteFault();
    world.life().failures += 1 + (n % 3);
  },
  async revise(world: World, n: number): Promise<void> {
    const name = WORKERS[n % WORKERS.length] ?? "alpha";
    const spec = world.workers.get(name);
    if (spec === undefined) return;
    world.noteFault();
    world.workers.set(name, { ...spec, revision: `${spec.revision}.${n % 10}` });
    world.apply();
  },
  async retire(world: World, n: number): Promise<void> {
    const worker = WORKERS[n % WORKERS.length] ?? "alpha";
    const request = new Request(`http://localhost/api/v1/workers/${worker}/retire`, {
      method: "POST",
    });
    void world.coordinator()?.fetch(request);
  },
  async wait(world: World, n: number): Promise<void> {
    await world.pass((n % 9) * 600);
  },
  async waitLong(world: World, n: number): Promise<void> {
    await world.pass(IDLE_MS - 2_000 + (n % 8) * 1_000);
  },
} satisfies Record<string, (world: World, n: number) => Promise<void>>;

export type CommandName = keyof typeof COMMANDS;
export const COMMAND_NAMES = Object.keys(COMMANDS).filter(
  (name): name is CommandName => name in COMMANDS,
);

/** Out of a hundred steps. */
const WEIGHTS: Readonly<Record<CommandName, number>> = {
  call: 26,
  finish: 20,
  wait: 26,
  waitLong: 4,
  crash: 4,
  launcherFault: 5,
  probeFault: 3,
  kill: 2,
  boot: 4,
  diskTrouble: 2,
  revise: 2,
  retire: 2,
};

export async function runSeed(options: {
  seed: number;
  steps: number;
  settle: () => Promise<void>;
  plant?: Plant;
}): Promise<World> {
  const world = await createWorld(options);
  for (let step = 0; step < options.steps && world.broken.length === 0; step++) {
    const name = pickCommand(world.chance.below(100));
    await COMMANDS[name](world, world.chance.below(1_000));
    await options.settle();
  }
  await comeToRest(world);
  return world;
}

function pickCommand(throwOfDice: number): CommandName {
  let left = throwOfDice;
  for (const name of COMMAND_NAMES) {
    left -= WEIGHTS[name];
    if (left < 0) return name;
  }
  return "wait";
}

/** No more faults: every worker must serve again, every call must end, and then everything must sleep. */
export async function comeToRest(world: World): Promise<void> {
  world.probes.length = 0;
  for (const launcher of world.launchers) launcher.faults.length = 0;
  if (world.life().alive) Object.assign(world.life(), { diesAfterCalls: undefined, failures: 0 });
  else await world.boot();
  for (const worker of WORKERS) await mustServe(world, worker);
  for (let second = 0; second < 60; second++) {
    await world.pass(1_000);
    finishAll(world);
  }
  const waiting = world.gateways.flatMap((gateway) => [...gateway.calls]).length;
  if (waiting > 0) world.broken.push(`${waiting} calls never ended`);
  await world.pass(IDLE_MS);
  for (let second = 0; second < 30; second++) await world.pass(1_000);
  checkRest(world);
}

/** Longer than the slowest retry, so that a worker in a crash loop has its chance. */
const PATIENCE_S = 150;

async function mustServe(world: World, worker: string): Promise<void> {
  let served = 0;
  for (let second = 0; second < PATIENCE_S && served === 0; second++) {
    if (second % 5 === 0) await world.gateways[0]?.arrive(worker);
    await world.pass(1_000);
    served = finishAll(world, worker);
  }
  if (served === 0) {
    const health = healthOf(world.store.peek(`health/${worker}`)[0]);
    world.broken.push(`${worker} is never served again: ${JSON.stringify(health)}`);
  }
}

function finishAll(world: World, worker?: string): number {
  let count = 0;
  for (const gateway of world.gateways) {
    for (const call of gateway.calls) {
      if (call.drone === undefined) continue;
      gateway.finish(call);
      if (call.worker === worker) count += 1;
    }
  }
  return count;
}

function checkRest(world: World): void {
  const alive = world.launchers.flatMap((launcher) => launcher.alive());
  if (alive.length > 0)
    world.broken.push(`left running: ${alive.map((d) => d.claimId).join(", ")}`);
  const records = world.store.peek("drone/").map(droneOf);
  if (records.length > 0) {
    world.broken.push(
      `left recorded: ${records.map((d) => `${d.id} ${d.phase} ${d.reason}`).join(", ")}`,
    );
  }
  if (world.store.peek("wake/").length > 0) world.broken.push("a wake was never settled");
}

/** The node's side: its launchers, done as somebody at the other end of a link asks. */
import { FlotillaError } from "../../../protocol/errors.ts";
import { isRecord } from "../../../protocol/jsonrpc.ts";
import type { MessageLink } from "../../../protocol/link.ts";
import type { PeerAnswer, PeerAsked, PeerServe } from "../../../protocol/peer.ts";
import type { DroneClaim, Launcher } from "../../contract.ts";

/** Finds the launcher of a node by its name; undefined when that node is not here. */
export type FindLauncher = (node: string, launcher: string) => Launcher | undefined;

interface Desk {
  find: FindLauncher;
  /** Links opened over this connection, by the name that the other side gave them. */
  links: Map<string, MessageLink>;
}

/** One per connection: the drones' links opened over it are its own. */
export function serveLaunchers(find: FindLauncher): PeerServe {
  const desk: Desk = { find, links: new Map() };
  return (asked) => answer(desk, asked);
}

async function answer(desk: Desk, asked: PeerAsked): Promise<PeerAnswer> {
  const [node, name, ...rest] = Array.isArray(asked.params) ? (asked.params as unknown[]) : [];
  if (asked.method === "launch.send") return send(desk, String(node), asked.raw);
  const launcher = desk.find(String(node), String(name));
  if (launcher === undefined) {
    throw new FlotillaError("launcher_unknown", `No launcher ${String(name)} is here.`);
  }
  const handle = String(rest[0]);
  switch (asked.method) {
    case "launch.create":
      return { value: await launcher.create(claimOf(asked.raw), asked.signal) };
    case "launch.get":
      return { value: (await launcher.get(handle)) ?? null };
    case "launch.list":
      return { value: await launcher.list() };
    case "launch.end":
      return { value: await launcher.end(handle, Number(rest[1])) };
    case "launch.connect":
      return connect(desk, asked, { launcher, handle, key: String(rest[1]) });
    case "launch.watch":
      return watch(launcher, asked);
    default:
      throw new FlotillaError("not_supported", "A node's launchers do no such thing.");
  }
}

/** Lasts as long as the link does, or as somebody wants it. */
async function connect(
  desk: Desk,
  { signal, emit }: PeerAsked,
  { launcher, handle, key }: { launcher: Launcher; handle: string; key: string },
): Promise<PeerAnswer> {
  const link = await launcher.connect(handle);
  desk.links.set(key, link);
  try {
    // Told apart from messages, which are texts: from here on the other side may send.
    await emit(true);
    // An asker that takes nothing has lost its place in the conversation.
    link.onMessage((text) => void emit(text).catch(() => link.close()));
    const left = aborted(signal).then(() => ({ reason: "closed by us" }));
    const closed = await Promise.race([link.closed, left]);
    link.close();
    return { value: closed };
  } finally {
    desk.links.delete(key);
  }
}

async function send({ links }: Desk, key: string, text = ""): Promise<PeerAnswer> {
  const link = links.get(key);
  if (link === undefined) throw new FlotillaError("drone_lost", "The drone's link has ended.");
  await link.send(text);
  return {};
}

async function watch(launcher: Launcher, { signal, emit }: PeerAsked): Promise<PeerAnswer> {
  // Hints may be missed: the sweep makes up for it.
  const stop = launcher.onChange((handle) => void emit(handle).catch(() => {}));
  await aborted(signal);
  stop();
  return {};
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function claimOf(raw: string | undefined): DroneClaim {
  const claim: unknown = JSON.parse(raw ?? "null");
  if (!isRecord(claim) || typeof claim["claimId"] !== "string") {
    throw new FlotillaError("bad_request", "An order for a drone was expected.");
  }
  // Written by `create` of the proxy, which is this same program.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return claim as unknown as DroneClaim;
}

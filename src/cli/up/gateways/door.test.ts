import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type Door, openDoor, type Taker } from "./door.ts";

type Outcome = Awaited<ReturnType<Taker["take"]>>;

async function opened(): Promise<Door> {
  const door = await openDoor({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => door.close());
  return door;
}

/** Answers with its name what it takes; ends otherwise as it is told. */
function taker(name: string, outcome: Outcome = "taken"): Taker & { taken: number } {
  const self = {
    taken: 0,
    async take(socket: Socket): Promise<Outcome> {
      if (outcome !== "taken") return outcome;
      self.taken += 1;
      await new Promise<void>((resolve) => {
        socket.end(name, resolve);
      });
      return outcome;
    },
  };
  return self;
}

/** What a client gets: a name, or "" when its connection broke. */
function visit({ port }: Door): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(port, "127.0.0.1");
    socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    socket.on("error", () => {}).on("close", () => resolve(text));
  });
}

test("gateways take turns", async () => {
  const door = await opened();
  const takers = [taker("a"), taker("b"), taker("c")];
  for (const each of takers) door.open(each);
  for (let turn = 0; turn < 9; turn++) await visit(door);
  expect(takers.map(({ taken }) => taken)).toEqual([3, 3, 3]);
});

test("a connection that was not sent goes to another gateway", async () => {
  const door = await opened();
  door.open(taker("dead", "unsent"));
  door.open(taker("alive"));
  expect(await visit(door)).toBe("alive");
});

test("a connection that was lost on its way costs no other gateway its place", async () => {
  const door = await opened();
  door.open(taker("dying", "lost"));
  door.open(taker("alive"));
  const answers = [await visit(door), await visit(door), await visit(door)];
  expect(answers.toSorted()).toEqual(["", "alive", "alive"]);
});

test("connections wait while there is no gateway", async () => {
  const door = await opened();
  const waiting = visit(door);
  const leave = door.open(taker("dead", "unsent"));
  leave();
  door.open(taker("late"));
  expect(await waiting).toBe("late");
});

test("a port that is taken is said to be", async () => {
  const { port } = await opened();
  await expect(openDoor({ host: "127.0.0.1", port })).rejects.toMatchObject({
    code: "port_in_use",
  });
});

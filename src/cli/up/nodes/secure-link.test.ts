import { connect } from "node:net";
import { once } from "node:events";
import { afterEach, expect, it } from "vitest";
import { createPeer, type MessageLink } from "../../../protocol/index.ts";
import { connectSecure, openSecureDoor, type SecureDoor } from "./secure-link.ts";

const KEY = Buffer.alloc(32, 7);
let door: SecureDoor | undefined;
afterEach(() => door?.close());

async function opened(onLink: (link: MessageLink, identity: string) => void): Promise<string> {
  door = await openSecureDoor({
    host: "127.0.0.1",
    port: 0,
    keyOf: (identity) => (identity === "a" ? KEY : undefined),
    onLink,
  });
  return `127.0.0.1:${door.port}`;
}

it("carries calls between ends that have the same key, and says who came", async () => {
  const came: string[] = [];
  const address = await opened((link, identity) => {
    came.push(identity);
    createPeer(link, async ({ method, raw = "" }) => ({ value: method, raw: `${raw}!` }));
  });
  const peer = createPeer(await connectSecure(address, { identity: "a", key: KEY }));
  const raw = "Grüße ".repeat(100_000);
  expect(await peer.request({ method: "m", raw })).toEqual({ value: "m", raw: `${raw}!` });
  expect(came).toEqual(["a"]);
  peer.close();
});

it.each([
  ["another key", { identity: "a", key: Buffer.alloc(32, 8) }],
  ["an unknown name", { identity: "b", key: KEY }],
])("lets nobody in with %s", async (_what, key) => {
  const came: string[] = [];
  const address = await opened((_link, identity) => came.push(identity));
  await expect(connectSecure(address, key)).rejects.toMatchObject({ code: "fleet_unreachable" });
  expect(came).toEqual([]);
});

it("does not speak to who has no key at all", async () => {
  const came: string[] = [];
  const address = await opened((_link, identity) => came.push(identity));
  const socket = connect(Number(address.split(":")[1]), "127.0.0.1");
  socket.on("error", () => {});
  socket.write("GET / HTTP/1.1\r\n\r\n");
  socket.resume();
  await once(socket, "close");
  expect(came).toEqual([]);
});

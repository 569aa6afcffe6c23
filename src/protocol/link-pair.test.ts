import { expect, test } from "vitest";
import { linkPair } from "./link-pair.ts";

test("messages arrive in order, also those sent before anybody listened", async () => {
  const [here, there] = linkPair();
  await here.send("1");
  await here.send("2");
  const { promise, resolve } = Promise.withResolvers<string[]>();
  const got: string[] = [];
  there.onMessage((text) => {
    got.push(text);
    if (got.length === 3) resolve(got);
  });
  await here.send("3");
  expect(await promise).toEqual(["1", "2", "3"]);
});

test("delivery never happens inside send", async () => {
  const [here, there] = linkPair();
  let got = "";
  there.onMessage((text) => (got = text));
  const sent = here.send("x");
  expect(got).toBe("");
  await sent;
});

test("the last words of a side that closes are heard", async () => {
  const [here, there] = linkPair();
  const { promise, resolve } = Promise.withResolvers<string>();
  there.onMessage(resolve);
  void here.send("bye");
  here.close();
  expect(await promise).toBe("bye");
  expect(await there.closed).toEqual({ reason: "closed by us" });
  await expect(there.send("late")).rejects.toMatchObject({ code: "drone_lost" });
});

test("a side that never listens does not gather messages for ever", async () => {
  const [here, there] = linkPair();
  for (let i = 0; i < 1025; i += 1) await here.send("x");
  await expect(here.send("x")).rejects.toMatchObject({ code: "drone_lost" });
  expect((await there.closed).reason).toContain("nobody read");
});

import { expect, it } from "vitest";
import { systemClock } from "../../../protocol/index.ts";
import { createMemoryStore } from "../../../store/memory.ts";
import { fleetSecret, readFleetSecret, sharedFleetKeys } from "./fleet-secret.ts";

const A = "a".repeat(40);

it("gives all who have the key the same ring, and none of it to the store", async () => {
  const store = createMemoryStore({ clock: systemClock });
  const [one, other] = await Promise.all([
    sharedFleetKeys(store, fleetSecret(A), 1),
    sharedFleetKeys(store, fleetSecret(A), 2),
  ]);
  expect(one).toEqual(other);
  const stored = JSON.stringify(await store.records.list(""));
  expect(stored).not.toContain(Buffer.from(one.active.secret).toString("base64url"));
  expect(stored).not.toContain(one.active.id);
  await store.close();
});

it("refuses another key without telling anything", async () => {
  const store = createMemoryStore({ clock: systemClock });
  await sharedFleetKeys(store, fleetSecret(A), 1);
  const refused = sharedFleetKeys(store, fleetSecret("b".repeat(40)), 1);
  await expect(refused).rejects.toMatchObject({ code: "config_invalid" });
  await store.close();
});

it("derives a key of its own for every purpose", () => {
  const secret = fleetSecret(A);
  expect(secret.keyFor("x")).toEqual(fleetSecret(A).keyFor("x"));
  expect(secret.keyFor("x")).not.toEqual(secret.keyFor("y"));
});

it.each([{}, { FLOTILLA_FLEET_KEY: "short" }])("says how to make a key: %j", async (env) => {
  await expect(readFleetSecret(env)).rejects.toMatchObject({
    code: "config_invalid",
    hint: expect.stringContaining("openssl rand"),
  });
});

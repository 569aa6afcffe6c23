import { expect, test, vi } from "vitest";
import { createKeyRing } from "./key-ring.ts";
import { createSealer } from "./sealer.ts";

// Deriving per session has been somebody's bottleneck: a key belongs to a purpose, and is made once.
test("a key is derived once for each purpose, however much is sealed and opened", async () => {
  const derive = vi.spyOn(crypto.subtle, "deriveKey");
  const sealer = createSealer({ keys: createKeyRing(1), clock: { now: () => 1 } });
  for (let session = 0; session < 50; session += 1) {
    const claims = { principal: `p${session}`, expiresAtMs: 10 };
    const sealed = await sealer.seal("session", claims, { session });
    expect((await sealer.open("session", sealed, claims)).ok).toBe(true);
  }
  expect(derive).toHaveBeenCalledTimes(1);
});

import { expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../../protocol/fleet.ts";
import { systemClock } from "../../protocol/system-clock.ts";
import { createRemoteLauncher } from "./remote.ts";

const order = (url: string) =>
  createRemoteLauncher({ clock: systemClock }).create(
    {
      claimId: "claim-1",
      worker: "w",
      revision: "r",
      run: { kind: "remote", url, headers: { Authorization: "sk-secret" }, transport: "sse" },
      limits: DEFAULT_LIMITS,
    },
    new AbortController().signal,
  );

test("the address is the URL without its query, and the transport", async () => {
  const drone = await order("https://example.invalid/mcp?key=sk-secret");
  expect(drone.address).toEqual({
    kind: "http",
    url: "https://example.invalid/mcp",
    transport: "sse",
  });
  expect(JSON.stringify(drone)).not.toContain("sk-secret");
});

test("credentials inside a URL are denied and not repeated", async () => {
  const refusal: unknown = await order("https://me:sk-secret@example.invalid/").catch(
    (e: unknown) => e,
  );
  expect(refusal).toMatchObject({ code: "launcher_denied" });
  expect(String(refusal)).not.toContain("sk-secret");
});

test("what is no web address is denied", async () => {
  for (const url of ["", "nonsense", "file:///etc/passwd", "javascript:alert(1)"]) {
    await expect(order(url)).rejects.toMatchObject({ code: "launcher_denied" });
  }
});

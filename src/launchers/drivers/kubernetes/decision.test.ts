import { expect, it } from "vitest";
import { decisionOf, retryAfterOf } from "./decision.ts";

const asked = { what: "create and patch deployments", namespace: "ships" };

it.each([
  [401, "launcher_denied"],
  [403, "launcher_denied"],
  [404, "launcher_denied"],
  [409, "launcher_not_ready"],
  [422, "launcher_denied"],
  [429, "launcher_not_ready"],
  [500, "launcher_unknown"],
  [503, "launcher_not_ready"],
  [504, "launcher_not_ready"],
])("makes of %i a %s, with the server's words in its cause alone", (status, code) => {
  const error = decisionOf({ status, body: { message: "quoted secret" }, retryAfterMs: 3 }, asked);
  expect(error).toMatchObject({ code, retryAfterMs: 3, cause: { message: "quoted secret" } });
  expect(`${error.message} ${error.hint}`).not.toContain("quoted secret");
});

it("tells a full namespace from a forbidden one", () => {
  const body = { message: 'pods "x" is forbidden: exceeded quota: q' };
  expect(decisionOf({ status: 403, body }, asked).code).toBe("launcher_capacity");
});

it("reads Retry-After in seconds", () => {
  expect(retryAfterOf("2")).toBe(2_000);
  expect(retryAfterOf("Wed, 21 Oct 2015 07:28:00 GMT")).toBeUndefined();
});

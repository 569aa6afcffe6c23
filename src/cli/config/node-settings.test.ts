import { expect, it } from "vitest";
import { nodeSettings } from "./node-settings.ts";

const machine = { hostname: "box_7.local", stateDir: "/state/a" };

it("names a node after its machine and its state folder, and listens for this machine alone", () => {
  const first = nodeSettings({}, machine);
  expect(first.name).toMatch(/^box-7-local-[0-9a-f]{6}$/);
  expect(nodeSettings({}, { ...machine, stateDir: "/state/b" }).name).not.toBe(first.name);
  expect(first).toMatchObject({ labels: {}, listen: "127.0.0.1:0" });
});

it("reads what the environment says", () => {
  const env = {
    FLOTILLA_NODE: "edge-1",
    FLOTILLA_NODE_LABELS: "region=eu, zone=a",
    FLOTILLA_NODE_MAX_DRONES: "8",
    FLOTILLA_NODE_LISTEN: "0.0.0.0:7421",
    FLOTILLA_NODE_ADDRESS: "10.0.0.5:7421",
  };
  expect(nodeSettings(env, machine)).toEqual({
    name: "edge-1",
    labels: { region: "eu", zone: "a" },
    maxDrones: 8,
    listen: "0.0.0.0:7421",
    address: "10.0.0.5:7421",
  });
});

it.each([
  { FLOTILLA_NODE: "a@b" },
  { FLOTILLA_NODE_LABELS: "zone" },
  { FLOTILLA_NODE_MAX_DRONES: "0" },
])("refuses %j", (env) => {
  expect(() => nodeSettings(env, machine)).toThrow(
    expect.objectContaining({ code: "config_invalid" }),
  );
});

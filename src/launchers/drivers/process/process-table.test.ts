import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../../protocol/system-clock.ts";
import { until } from "./fixtures/processes.node.ts";
import { createProcessTable } from "./process-table.node.ts";

/** `/proc` where there is one, and `ps`, which other systems depend on and Linux has too. */
const platforms = process.platform === "linux" ? ["linux", "darwin"] : [process.platform];

describe.skipIf(process.platform === "win32").each(platforms)(
  "process table as on %s",
  (platform) => {
    const table = createProcessTable(platform, systemClock);

    test("tells a process from another, and from none", async () => {
      const child = spawn("sleep", ["60"]);
      const pid = child.pid ?? 0;
      const identity = await table.identity(pid);
      expect(identity).toBeTruthy();
      expect(await table.identity(pid)).toBe(identity);
      expect(await table.identity(1)).not.toBe(identity);
      child.kill("SIGKILL");
      await once(child, "exit");
      expect(await table.identity(pid)).toBeUndefined();
    });

    test("a group lives as long as any member that is no zombie", async () => {
      const leader = spawn("sh", ["-c", "sleep 60 & echo $!; exit 0"], { detached: true });
      const group = leader.pid ?? 0;
      const [line] = await once(leader.stdout, "data");
      if (leader.exitCode === null) await once(leader, "exit");
      expect(await table.groupAlive(group)).toBe(true);
      process.kill(Number(String(line)), "SIGKILL");
      await until(async () => !(await table.groupAlive(group)));
    });

    test("has no members in a group that never was", async () => {
      expect(await table.groupAlive(2 ** 22 + 1)).toBe(false);
    });
  },
);

test.skipIf(process.platform !== "linux")("finds those that carry every mark", async () => {
  const table = createProcessTable("linux", systemClock);
  const mark = crypto.randomUUID();
  const child = spawn("sleep", ["60"], { env: { RUN: mark, CLAIM: "1" } });
  expect(await table.marked([`RUN=${mark}`, "CLAIM=1"])).toEqual([child.pid]);
  expect(await table.marked([`RUN=${mark}`, "CLAIM=2"])).toEqual([]);
  expect(await table.marked([`RUN=${mark.slice(0, -1)}`])).toEqual([]);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await table.marked([`RUN=${mark}`])).toEqual([]);
});

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { zipSync } from "fflate";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { LOCKS, nodejsClient, project } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "nodejs-pack-"));
process.env["FLOTILLA_WORKSPACE"] = folder;
const { call } = nodejsClient();
const locks = Object.keys(LOCKS) as (keyof typeof LOCKS)[];

const record = (
  id: string,
  name: string,
  { events, ...more }: { events: object[] } & Record<string, unknown>,
): object => ({
  id,
  summary: `${name} has a flaw`,
  affected: [{ package: { ecosystem: "npm", name }, ranges: [{ type: "SEMVER", events }] }],
  ...more,
});
/** As published: GHSA-35jh-r3h4-6jhm, GHSA-vh95-rmgr-6w4m and -xvch-5gv4-984h, GHSA-rv95-896h-c2vc. */
const ADVISORIES = [
  record("GHSA-35jh-r3h4-6jhm", "lodash", {
    events: [{ introduced: "0" }, { fixed: "4.17.21" }],
    aliases: ["CVE-2021-23337"],
    database_specific: { severity: "HIGH", cwe_ids: ["CWE-77", "CWE-94"] },
    severity: [{ type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H" }],
  }),
  record("GHSA-vh95-rmgr-6w4m", "minimist", {
    events: [{ introduced: "0" }, { fixed: "0.2.1" }, { introduced: "1.0.0" }, { fixed: "1.2.3" }],
    database_specific: { severity: "MODERATE" },
  }),
  record("GHSA-xvch-5gv4-984h", "minimist", {
    events: [{ introduced: "0" }, { fixed: "0.2.4" }, { introduced: "1.0.0" }, { fixed: "1.2.6" }],
    database_specific: { severity: "CRITICAL" },
  }),
  record("GHSA-rv95-896h-c2vc", "express", {
    events: [{ introduced: "0" }, { fixed: "4.19.2" }],
    database_specific: { severity: "MODERATE" },
  }),
  record("GHSA-gone", "debug", {
    events: [{ introduced: "0" }],
    withdrawn: "2024-01-01T00:00:00Z",
  }),
  record("GHSA-past", "debug", {
    events: [
      { introduced: "0" },
      { fixed: "2.6.9" },
      { introduced: "4.0.0" },
      { last_affected: "4.4.2" },
    ],
  }),
  {
    id: "PYSEC-1",
    affected: [
      {
        package: { ecosystem: "PyPI", name: "lodash" },
        ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0" }] }],
      },
    ],
  },
];

describe("node_vulnerability_scan", () => {
  it.each(locks)("finds the four that hit, and no other: %s", async (lock) => {
    const { value, isError, text } = await call("node_vulnerability_scan", {
      files: project(lock),
      advisories: ADVISORIES,
    });
    expect(isError, text).toBe(false);
    expect(value).toMatchObject({
      complete: true,
      levels: { critical: 1, high: 1, moderate: 2, low: 0, unknown: 0 },
      vulnerabilities: [
        // minimist 0.2.4 is free of both advisories; mkdirp 0.5.1 pins 0.0.8, so only an override helps.
        {
          id: "GHSA-xvch-5gv4-984h",
          name: "minimist",
          version: "0.0.8",
          production: false,
          direct: false,
          fix: {
            kind: "override",
            version: "0.2.4",
            breaking: true,
            blockedBy: [{ id: "mkdirp@0.5.1", range: "0.0.8" }],
          },
        },
        // CVSS as NVD and GitHub give it for CVE-2021-23337.
        {
          id: "GHSA-35jh-r3h4-6jhm",
          name: "lodash",
          score: 7.2,
          cwes: ["CWE-77", "CWE-94"],
          production: true,
          direct: true,
          fix: {
            kind: "widen",
            version: "4.17.21",
            patch: [{ op: "replace", path: "/dependencies/lodash", value: "4.17.21" }],
          },
        },
        { id: "GHSA-vh95-rmgr-6w4m", name: "minimist" },
        {
          id: "GHSA-rv95-896h-c2vc",
          name: "express",
          fix: { kind: "widen", version: "4.19.2", breaking: false },
        },
      ],
    });
  });

  it("leaves out what is ignored, minor or for development", async () => {
    const scan = async (more: object): Promise<unknown> =>
      (
        await call("node_vulnerability_scan", {
          files: project("npm-v3.json"),
          advisories: ADVISORIES,
          ...more,
        })
      ).value["vulnerabilities"];
    expect(await scan({ include: "production", ignore: ["CVE-2021-23337"] })).toMatchObject([
      { name: "express" },
    ]);
    expect(await scan({ minimum: "high" })).toHaveLength(2);
  });

  it("reads a snapshot as list, as lines and as zip", async () => {
    const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
    writeFileSync(join(folder, "list.json"), JSON.stringify(ADVISORIES));
    writeFileSync(
      join(folder, "lines.jsonl"),
      ADVISORIES.map((one) => JSON.stringify(one)).join("\n"),
    );
    writeFileSync(
      join(folder, "all.zip"),
      zipSync(
        Object.fromEntries(
          ADVISORIES.map((one, index) => [`GHSA-${index}.json`, encode(JSON.stringify(one))]),
        ),
      ),
    );
    for (const advisoriesPath of ["list.json", "lines.jsonl", "all.zip"]) {
      const { value, text } = await call("node_vulnerability_scan", {
        files: project("pnpm-9.yaml"),
        advisoriesPath,
      });
      expect(value["vulnerabilities"], text).toHaveLength(4);
    }
    writeFileSync(join(folder, "bomb.zip"), zipSync({ "a.json": new Uint8Array(20_000_000) }));
    const bomb = await call("node_vulnerability_scan", {
      files: project("pnpm-9.yaml"),
      advisoriesPath: "bomb.zip",
    });
    expect(bomb.text).toContain("unpacks to more than is allowed");
    const outside = await call("node_vulnerability_scan", {
      files: project("pnpm-9.yaml"),
      advisoriesPath: "../../etc/passwd",
    });
    expect(outside.isError).toBe(true);
  });

  it("asks for nothing without a grant, and says that the answer is not whole", async () => {
    const { value, isError, text } = await call("node_vulnerability_scan", {
      files: project("npm-v3.json"),
      online: true,
    });
    expect(isError).toBe(false);
    expect(text).toMatch(/^PARTIAL: npm answered for 0 of 53 names/);
    expect(value).toMatchObject({ complete: false, sources: [{ source: "npm", answered: 0 }] });
  });
});

describe("node_vulnerability_scan, the network granted", () => {
  const bodies: Record<string, string[]>[] = [];
  let mode: "answer" | "refuse" | "hang" = "answer";
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      bodies.push(JSON.parse(Buffer.concat(parts).toString()));
      if (mode === "hang") return;
      response.writeHead(mode === "refuse" ? 503 : 200, { "content-type": "application/json" });
      response.end(
        JSON.stringify({
          lodash: [
            {
              id: 1106913,
              url: "https://github.com/advisories/GHSA-35jh-r3h4-6jhm",
              title: "Command Injection in lodash",
              severity: "high",
              vulnerable_versions: "<4.17.21",
              cwe: ["CWE-77"],
              cvss: { score: 7.2, vectorString: "CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H" },
            },
          ],
        }),
      );
    });
  });
  const listening = new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const granted = nodejsClient({
    fetch: (_, init) =>
      fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/bulk`, init),
  });
  const ask = async (more: object = {}): ReturnType<typeof granted.call> => {
    await listening;
    return granted.call("node_vulnerability_scan", {
      files: project("yarn-1.lock"),
      online: true,
      ...more,
    });
  };

  it("sends names with versions, as npm audit does, and reads the answer", async () => {
    const { value } = await ask();
    expect(bodies.at(-1)).toMatchObject({ lodash: ["4.17.20"], ms: ["2.0.0", "2.1.1", "2.1.3"] });
    expect(value).toMatchObject({
      complete: true,
      sources: [{ source: "npm", asked: 53, answered: 53 }],
      vulnerabilities: [
        { id: "GHSA-35jh-r3h4-6jhm", score: 7.2, fix: { kind: "widen", version: "4.17.21" } },
      ],
    });
  });
  it("degrades to what was given when the registry refuses, or does not answer in time", async () => {
    mode = "refuse";
    const refused = await ask({ advisories: ADVISORIES });
    expect(refused.text).toContain("the registry answered 503");
    expect(refused.value).toMatchObject({ complete: false, levels: { critical: 1, high: 1 } });
    mode = "hang";
    const late = await ask({ timeoutMs: 150 });
    expect(late.text).toContain("no answer within 150 ms");
    expect(late.isError).toBe(false);
  });
});

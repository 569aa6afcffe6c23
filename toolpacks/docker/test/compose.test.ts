import { describe, expect, it } from "vitest";
import { dockerClient, findingsOf, published } from "./client.ts";

const { call } = dockerClient();
const validate = (content: string, more = {}) => call("compose_validate", { content, ...more });
const REAL = {
  commander: () => published("redis-commander", "docker-compose.yml"),
  resque: () => published("node-resque", "examples/docker/docker-compose.yml"),
  boss: () => published("pg-boss", "docker-compose.yaml"),
};

/** That these three are valid was checked with compose-go 2.16.2, the library of docker compose. */
describe("compose_validate on published files", () => {
  it.each([
    ["commander", REAL.commander, ["image-unpinned", "version-obsolete"]],
    ["resque", REAL.resque, ["image-unpinned", "version-obsolete", "healthcheck-missing"]],
    ["boss", REAL.boss, ["store-published", "secret-in-file"]],
  ])("%s", async (_, read, rules) => {
    const called = await validate(read(), { ignore: ["memory-unlimited"] });
    expect(called.rules).toEqual(rules);
    expect(called.value["counts"]).toMatchObject({ error: 0 });
  });

  it("orders the start", async () => {
    const { value } = await validate(REAL.resque());
    expect(value["startOrder"]).toEqual([
      ["redis"],
      ["node-resque-worker", "node-resque-producer"],
    ]);
  });
});

describe("compose_validate", () => {
  it("says what the schema says, once, and offers the nearest name", async () => {
    const called = await validate(
      "services:\n  a:\n    image: x:1\n    prots: []\n    restart: 5\n    build: { contxt: . }\n    command: 5\nvolums: {}\n",
    );
    expect(
      findingsOf(called)
        .filter(({ rule }) => rule === "schema")
        .map(({ location, fix }) => [location?.line, fix]),
    ).toEqual([
      [4, "Did you mean ports?"],
      [5, "Write it as the Compose specification says."],
      [6, "Did you mean context?"],
      [7, "Write it as the Compose specification says."],
      [8, "Did you mean volumes?"],
    ]);
  });

  it("follows names, circles and ports", async () => {
    const called = await validate(
      'services:\n  a: { image: "x:1", depends_on: [b, z], networks: [n], volumes: ["vol:/a"], ports: ["80:80"] }\n  b: { image: "x:1", depends_on: [a], ports: ["127.0.0.1:80:8080/tcp", "99999:1"], deploy: { replicas: 2 }, container_name: one }\n',
    );
    expect(called.rules.filter((rule) => !/memory|health/.test(rule)).toSorted()).toEqual([
      "container-name-scaled",
      "depends-on-circle",
      "port-out-of-range",
      "port-scaled",
      "port-taken",
      "undeclared-network",
      "undeclared-volume",
      "unknown-service",
    ]);
  });

  it("fills in variables and merges overrides", async () => {
    const files = {
      "compose.yaml": 'services:\n  a: { image: "x:${TAG:-1}", ports: ["${PORT:-80}:80"] }\n',
      "compose.override.yaml":
        'services:\n  a: { ports: ["81:81"] }\n  b: { image: "y:${B}", ports: ["81:1"] }\n',
    };
    const called = await call("compose_validate", { files });
    expect(called.rules).toEqual(expect.arrayContaining(["port-taken", "variable-not-set"]));
    expect(called.value["services"]).toContainEqual(
      expect.objectContaining({ name: "a", image: "x:1", ports: ["80:80", "81:81"] }),
    );
    const set = await call("compose_validate", { files, variables: { B: "2", PORT: "82" } });
    expect(set.rules).not.toContain("variable-not-set");
  });

  it("waits for health only where it can be known", async () => {
    const called = await validate(
      'services:\n  a: { image: "x:1", depends_on: { b: { condition: service_healthy } } }\n  b: { image: "x:1" }\n',
    );
    expect(called.rules).toContain("health-never-known");
  });
});

describe("compose_validate on bad and hostile input", () => {
  it.each([
    ["nothing", " ", "The file is empty."],
    ["a list", "- a\n", "mapping with services"],
    ["brackets", `a: ${"[".repeat(5_000)}`, "nests more than"],
    ["sequences", `${"- ".repeat(5_000)}x`, "nests more than"],
    [
      "aliases",
      `a: &a [x]\n${Array.from({ length: 26 }, (_, i) => `k${i}: &b${i} [${Array.from({ length: 10 }, () => (i === 0 ? "*a" : `*b${i - 1}`)).join(",")}]`).join("\n")}\n`,
      "alias",
    ],
    ["binary", "services\0", "not text"],
  ])("refuses %s", async (_, content, words) => {
    const { isError, text } = await validate(content);
    expect(isError).toBe(true);
    expect(text).toContain(words);
  });

  it("reports broken YAML with its line", async () => {
    const called = await validate("services:\n  a: {\n  b: ]\n");
    expect(called.rules[0]).toBe("yaml-syntax");
    expect((await validate("services:\n  a: {}\n  a: {}\n")).rules).toContain("yaml-duplicate-key");
  });

  it("takes names of the language for names", async () => {
    const called = await validate(
      'services:\n  __proto__: { image: "x:1" }\n  constructor: { image: "x:1", depends_on: [toString] }\n',
    );
    expect(called.isError, called.text).toBe(false);
    expect(called.rules).toContain("unknown-service");
  });

  it("reads 500 services", async () => {
    const content = `services:\n${Array.from({ length: 500 }, (_, i) => `  s${i}: { image: "x:1", depends_on: [s${(i + 1) % 500}] }`).join("\n")}\n`;
    expect((await validate(content)).rules).toContain("depends-on-circle");
  });
});

describe("compose_to_kubernetes", () => {
  it.each([
    ["commander", REAL.commander, { redis: "Deployment", "redis-commander": "Deployment" }],
    [
      "resque",
      REAL.resque,
      {
        redis: "Deployment",
        "node-resque-worker": "Deployment",
        "node-resque-producer": "Deployment",
      },
    ],
    ["boss", REAL.boss, { db: "StatefulSet" }],
  ])("carries %s over, valid for the API", async (_, read, workloads) => {
    const { value, text } = await call("compose_to_kubernetes", { content: read() });
    for (const [name, kind] of Object.entries(workloads))
      expect(value["objects"], text).toContainEqual({ kind, name });
    expect(
      findingsOf({ value } as never).filter(({ rule }) => /schema|unknown|mismatch/.test(rule)),
    ).toEqual([]);
    const checked = await call("kubernetes_validate", { content: String(value["manifest"]) });
    expect(checked.value["counts"]).toMatchObject({ error: 0 });
  });

  it("leaves secrets out, and says what is left behind", async () => {
    const { value } = await call("compose_to_kubernetes", { content: REAL.boss() });
    expect(value["manifest"]).toContain("postgres-password: CHANGE-ME");
    expect(value["manifest"]).not.toContain("postgres-password: postgres");
    expect(value["notCarried"]).toEqual([
      expect.objectContaining({ service: "db", field: "ports", line: 4 }),
    ]);
  });

  it("translates units, probes, commands and users", async () => {
    const content =
      'services:\n  a:\n    image: x:1\n    command: run --flag "two words"\n    mem_limit: 512m\n    user: "1000:1000"\n    healthcheck: { test: curl -f http://localhost, interval: 1m30s, retries: 5 }\n    expose: ["9000"]\n    privileged: true\n    volumes: ["./src:/src", "cache:/cache"]\nvolumes: { cache: {} }\n';
    const { value } = await call("compose_to_kubernetes", { content });
    const manifest = String(value["manifest"]);
    for (const line of [
      "memory: 512Mi",
      "runAsUser: 1000",
      "periodSeconds: 90",
      "failureThreshold: 5",
      "- two words",
      "containerPort: 9000",
    ])
      expect(manifest).toContain(line);
    expect(manifest).not.toContain("privileged: true");
    expect(JSON.stringify(value["notCarried"])).toMatch(/privileged.*\.\/src is a folder/s);
  });

  it("refuses what has no services", async () => {
    expect((await call("compose_to_kubernetes", { content: "name: x\n" })).text).toContain(
      "no services",
    );
    expect((await call("compose_to_kubernetes", { content: "services: [" })).isError).toBe(true);
  });
});

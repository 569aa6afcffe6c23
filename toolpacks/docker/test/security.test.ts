import { describe, expect, it } from "vitest";
import { dockerClient, findingsOf, published } from "./client.ts";

const { call } = dockerClient();
const scan = (files: Record<string, string>, more = {}) =>
  call("container_security_scan", { files, ...more });

interface Control {
  id: string;
  holds: boolean;
}
const broken = (value: Record<string, unknown>): string[] =>
  JSON.parse(JSON.stringify(value["controls"])).flatMap(({ id, holds }: Control) =>
    holds ? [] : [id],
  );

describe("container_security_scan on published files", () => {
  it("judges Redis Commander's Dockerfile, Compose file and manifests together", async () => {
    const paths = ["Dockerfile", "docker-compose.yml", "k8s/redis-commander/deployment.yaml"];
    const { value } = await scan(
      Object.fromEntries(paths.map((path) => [path, published("redis-commander", path)])),
    );
    expect(value["files"]).toEqual(
      paths.map((file, index) => ({ file, kind: ["dockerfile", "compose", "kubernetes"][index] })),
    );
    expect(broken(value)).toEqual([
      "CIS Docker 5.4",
      "CIS Docker 5.11",
      "CIS Docker 5.13",
      "CIS Docker 5.14",
      "CIS Docker 5.26",
      "CIS Docker 5.28",
      "CIS Docker 5.29",
      "CIS Kubernetes 5.3.2",
      "CIS Kubernetes 5.7.2",
      "CIS Kubernetes 5.7.4",
    ]);
  });

  it.each([
    ["redis-commander", ".devcontainer/Dockerfile", ["CIS Docker 4.1", "CIS Docker 4.6"]],
    [
      "node-resque",
      "examples/docker/worker/Dockerfile",
      ["CIS Docker 4.1", "CIS Docker 4.2", "CIS Docker 4.6"],
    ],
  ])("judges %s %s", async (name, path, expected) => {
    const { value } = await scan({ [path]: published(name, path) });
    expect(broken(value)).toEqual(expected);
  });

  it("judges pg-boss's Compose file by its content alone", async () => {
    const { value } = await call("container_security_scan", {
      content: published("pg-boss", "docker-compose.yaml"),
    });
    expect(value["files"]).toEqual([{ file: "content", kind: "compose" }]);
    expect(broken(value)).toEqual(expect.arrayContaining(["CIS Docker 5.14", "CIS Docker 4.10"]));
  });
});

describe("container_security_scan", () => {
  it("puts a door and power together", async () => {
    const called = await scan({
      "compose.yaml":
        'services:\n  a:\n    image: x:1\n    ports: ["80:80"]\n    privileged: true\n    pid: host\n    cap_add: [SYS_ADMIN]\n    security_opt: ["seccomp:unconfined"]\n    volumes: ["/var/run/docker.sock:/s", "/etc:/e"]\n  b:\n    image: x:1\n    ports: ["127.0.0.1:81:80"]\n    privileged: true\n',
    });
    expect(findingsOf(called).filter(({ rule }) => rule === "reachable-and-powerful")).toHaveLength(
      1,
    );
    expect(called.rules).toEqual(
      expect.arrayContaining([
        "privileged",
        "host-pid",
        "capabilities-added",
        "confinement-off",
        "runtime-socket",
        "host-path",
      ]),
    );
  });

  it("finds roles, tokens and added rights in manifests", async () => {
    const called = await scan({
      "a.yaml":
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: a }\nrules: [{ apiGroups: ['*'], resources: ['*'], verbs: [get] }]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: { name: a }\nroleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }\nsubjects: [{ kind: ServiceAccount, name: a, namespace: b }]\n---\napiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { hostPID: true, containers: [{ name: a, image: 'x:1' }] }\n",
    });
    expect(called.rules).toEqual(
      expect.arrayContaining(["cluster-admin", "role-wildcard", "host-pid", "token-mounted"]),
    );
  });

  it("gives full marks where nothing is to be said", async () => {
    const { value: made } = await call("kubernetes_generate", {
      name: "shop",
      image: "r/shop:1",
      namespace: "shops",
      ports: [{ port: 80 }],
    });
    const { value } = await scan({ "shop.yaml": String(made["manifest"]) });
    expect(value["score"]).toBe(100);
    expect(value["findings"]).toEqual([]);
  });

  it.each([
    ["an empty Dockerfile", { Dockerfile: "" }, true],
    ["broken YAML", { "a.yaml": "a: [" }, false],
    ["depth", { "a.yaml": `a: ${"[".repeat(1_000)}` }, true],
    ["odd names", { __proto__: "FROM a:1\n", constructor: "FROM a:1\n" }, false],
    ["a large file", { Dockerfile: `FROM a:1\n${"RUN echo x\n".repeat(4_000)}` }, false],
  ])("survives %s", async (_, files, isError) => {
    const called = await scan(files);
    expect(called.isError, called.text).toBe(isError);
  });
});

import { describe, expect, it } from "vitest";
import { packageFiles } from "flotilla/worker/conformance";
import { dockerClient, findingsOf } from "./client.ts";

const { call } = dockerClient();
const validate = (content: string, more = {}) => call("kubernetes_validate", { content, ...more });
const COMMANDER = packageFiles("redis-commander", "k8s/redis*/*.y*ml", import.meta.url);
const deployment = (spec: string, container = ""): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec:\n  replicas: 2\n  selector: { matchLabels: { app: web } }\n  template:\n    metadata: { labels: { app: web } }\n    spec:\n      ${spec}\n      containers:\n        - name: web\n          image: a:1\n          ${container}\n`;

/** That these are valid was checked by decoding them strictly with client-go (k8s.io/client-go 0.37.2). */
describe("kubernetes_validate on published manifests", () => {
  it.each(Object.entries(COMMANDER))("%s", async (path, content) => {
    const called = await validate(content);
    expect(called.rules.filter((rule) => rule === "schema")).toEqual([]);
    if (!/ingress/.test(path))
      expect(called.value["counts"], called.text).toMatchObject({ error: 0 });
  });

  it("sees what Redis Commander's Deployment lacks", async () => {
    const called = await validate(COMMANDER["k8s/redis-commander/deployment.yaml"] ?? "");
    expect(
      findingsOf(called).map(({ rule, location }) => `${location?.line ?? 0} ${rule}`),
    ).toEqual([
      "26 readiness-missing",
      "27 image-unpinned",
      "49 seccomp-missing",
      "13 single-replica",
      "49 root-filesystem-writable",
    ]);
  });

  it("finds the Service's port in the Deployment of another file", async () => {
    const files = {
      "d.yaml": COMMANDER["k8s/redis-commander/deployment.yaml"],
      "s.yaml": COMMANDER["k8s/redis-commander/service.yaml"],
    };
    const called = await call("kubernetes_validate", { files });
    expect(called.rules).not.toContain("selects-nothing");
    const other = {
      ...files,
      "s.yaml": files["s.yaml"]
        ?.replace("tier: backend\n", "tier: front\n")
        .replaceAll("tier: backend", "tier: front"),
    };
    expect((await call("kubernetes_validate", { files: other })).rules).toContain(
      "selects-nothing",
    );
  });
});

describe("kubernetes_validate", () => {
  it("is as strict as the API server about fields and types", async () => {
    const called = await validate(
      deployment(
        "restartPolice: Always",
        'imagePullPolicy: always\n          ports: [{ containerPort: "80" }]\n          env: [{ name: A, value: 1 }]',
      ),
    );
    expect(
      findingsOf(called)
        .filter(({ rule }) => rule === "schema")
        .map(({ fix }) => fix),
    ).toEqual([
      "Did you mean restartPolicy?",
      "Did you mean Always?",
      "Write a whole number.",
      'Put it in quotes: "1"',
    ]);
  });

  it("knows what each version serves", async () => {
    const old = "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: { name: a }\n";
    const gone = findingsOf(await validate(old))[0];
    expect(gone).toMatchObject({
      rule: "api-removed",
      patch: [{ op: "replace", path: "/apiVersion", value: "policy/v1" }],
    });
    const newer = "apiVersion: scheduling.k8s.io/v1beta1\nkind: Workload\nmetadata: { name: a }\n";
    expect((await validate(newer, { version: "1.37" })).rules).not.toContain("api-unknown");
    expect((await validate(newer, { version: "1.34" })).rules.length).toBeGreaterThan(0);
  });

  it("holds the Pod Security Standard that is asked for", async () => {
    const content = deployment("hostNetwork: true", "securityContext: { privileged: true }");
    expect((await validate(content, { podSecurity: "baseline" })).rules).toEqual(
      expect.arrayContaining(["privileged", "host-network"]),
    );
    expect((await validate(content, { podSecurity: "baseline" })).rules).not.toContain(
      "seccomp-missing",
    );
    expect((await validate(content, { podSecurity: "privileged" })).rules).not.toContain(
      "privileged",
    );
  });

  it("follows budgets, scalers and references", async () => {
    const content = `${deployment("", "resources: { requests: { cpu: 2, memory: 128m }, limits: { cpu: 1 } }\n          envFrom: [{ configMapRef: { name: conf } }]")}---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: config }\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: web }\nspec: { minAvailable: 2, selector: { matchLabels: { app: web } } }\n---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: web }\nspec: { scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }, minReplicas: 3, maxReplicas: 2 }\n`;
    expect((await validate(content)).rules).toEqual(
      expect.arrayContaining([
        "request-over-limit",
        "memory-in-millibytes",
        "reference-unknown",
        "budget-blocks-drain",
        "scaler-bounds",
        "replicas-with-scaler",
      ]),
    );
  });

  it("leaves custom resources alone, and says so", async () => {
    const called = await validate(
      "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: { name: a }\nspec: { any: 1 }\n",
    );
    expect(called.value["unknownKinds"]).toEqual(["cert-manager.io/v1 Certificate"]);
    expect(called.value["counts"]).toMatchObject({ error: 0 });
  });
});

describe("kubernetes_validate on bad and hostile input", () => {
  it.each([
    ["nothing", "# only a comment\n", "no Kubernetes object"],
    ["depth", `a: ${"{a: ".repeat(3_000)}`, "nests more than"],
  ])("refuses %s", async (_, content, words) => {
    const { isError, text } = await validate(content);
    expect(isError).toBe(true);
    expect(text).toContain(words);
  });
  it.each([
    ["a template", "a: {{ .Values.x }}\nb: {{- if }}\n", "yaml-syntax"],
    ["a text", "just words\n", "no-object"],
    ["a list", "- a\n", "no-object"],
    [
      "odd names",
      "apiVersion: v1\nkind: constructor\nmetadata: { name: a, labels: { __proto__: x } }\n",
      "label-invalid",
    ],
  ])("reports %s", async (_, content, rule) => {
    const called = await validate(content);
    expect(called.isError, called.text).toBe(false);
    expect(called.rules).toContain(rule);
  });
  it("answers for 400 objects", async () => {
    const content = Array.from({ length: 400 }, (_, i) =>
      deployment("").replace("name: web", `name: web-${i}`),
    ).join("---\n");
    const called = await validate(content);
    expect(called.value["objects"]).toHaveLength(400);
    expect(called.value["truncated"]).toBe(true);
  });
});

describe("kubernetes_generate", () => {
  const base = { name: "shop", image: "registry.example/shop:1.4.2", ports: [{ port: 8080 }] };
  it.each([
    [
      "plain",
      {},
      ["ServiceAccount", "Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy"],
    ],
    [
      "scaled",
      { autoscale: { min: 2, max: 5 }, healthPath: "/healthz" },
      [
        "ServiceAccount",
        "Deployment",
        "Service",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
        "NetworkPolicy",
      ],
    ],
    [
      "stored",
      { storage: { path: "/data", size: "1Gi" }, host: "shop.example", allowTo: ["db"] },
      ["ServiceAccount", "StatefulSet", "Service", "NetworkPolicy", "Ingress"],
    ],
  ])("writes %s manifests that its own validation has nothing against", async (_, more, kinds) => {
    const { value, text } = await call("kubernetes_generate", { ...base, ...more });
    expect(
      JSON.parse(JSON.stringify(value["objects"])).map((one: { kind: string }) => one.kind),
      text,
    ).toEqual(kinds);
    const checked = await call("kubernetes_validate", { content: String(value["manifest"]) });
    expect(checked.value["counts"], checked.text).toEqual({ error: 0, warning: 0, info: 0 });
    for (const version of ["1.34", "1.35", "1.36"]) {
      expect(
        (await call("kubernetes_validate", { content: String(value["manifest"]), version })).value[
          "counts"
        ],
      ).toMatchObject({ error: 0 });
    }
  });

  it.each([
    [{ name: "Shop_1" }, "no name Kubernetes takes"],
    [{ memory: "lots" }, "no amount"],
    [{ env: { DB_PASSWORD: "x" } }, "Pass it as secretEnv"],
    [{ ports: [{ port: 1 }, { port: 1 }] }, "listed twice"],
    [{ autoscale: { min: 3, max: 2 } }, "above"],
  ])("refuses %j", async (more, words) => {
    const { isError, text } = await call("kubernetes_generate", { ...base, ...more });
    expect(isError).toBe(true);
    expect(text).toContain(words);
  });

  it("keeps what was given from breaking out of its place", async () => {
    const { value } = await call("kubernetes_generate", {
      ...base,
      env: { A: "x\n---\nkind: Pod", B: "yes", C: "{{ x }}" },
      args: ["- a: b"],
    });
    const checked = await call("kubernetes_validate", { content: String(value["manifest"]) });
    expect(checked.value["counts"]).toEqual({ error: 0, warning: 0, info: 0 });
    expect(checked.value["objects"]).toHaveLength(5);
  });
});

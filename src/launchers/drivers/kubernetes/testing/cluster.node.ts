/**
 * A Kubernetes for tests: the one of KUBECONFIG, or a real API server with its controllers, started for the test. The
 * latter has no nodes; `node-stand-in.node.ts` plays one, and says so.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DEFAULT_IMAGE_RUN, type ImageRun } from "../../../../protocol/index.ts";
import { startNodeStandIn } from "./node-stand-in.node.ts";

const BIN = fileURLToPath(new URL("../../../../../test/runtimes/kubernetes/bin/", import.meta.url));
const GIVEN = process.env["FLOTILLA_TEST_KUBECONFIG"];

export const KUBERNETES_NEEDED =
  "(needs an API server: test/runtimes/kubernetes/README.md, or FLOTILLA_TEST_KUBECONFIG)";
export const HAS_KUBERNETES = GIVEN !== undefined || existsSync(join(BIN, "kube-apiserver"));
/** Only a stand-in can be told how images fare. */
export const HAS_STAND_IN = GIVEN === undefined && HAS_KUBERNETES;

/** On a cluster with nodes, an image that listens; the stand-in takes any. */
export const TEST_RUN: ImageRun = {
  ...DEFAULT_IMAGE_RUN,
  kind: "image",
  image: process.env["FLOTILLA_TEST_IMAGE"] ?? "registry.k8s.io/e2e-test-images/agnhost:2.53",
  args: ["netexec", "--http-port=8080"],
  http: { port: 8080, path: "/mcp" },
  user: "65534",
};

export interface TestCluster extends AsyncDisposable {
  /** Of an identity that has the Role of the README and no more. */
  kubeconfig: string;
  namespace: string;
  /** As an administrator. Rejects on a refusal. */
  ask: Ask;
}

export type Ask = (method: string, path: string, body?: unknown) => Promise<unknown>;

const NAMESPACE = "fleet";
const TOKENS = {
  admin: "admin-of-this-test",
  flotilla: "flotilla-of-this-test",
  guest: "guest-of-this-test",
};

export async function startCluster(): Promise<TestCluster> {
  if (GIVEN !== undefined) {
    const refuse: Ask = async () => Promise.reject(new Error("Only where the test is its owner."));
    const namespace = process.env["FLOTILLA_TEST_NAMESPACE"] ?? "default";
    return { kubeconfig: GIVEN, namespace, ask: refuse, async [Symbol.asyncDispose]() {} };
  }
  const folder = mkdtempSync(join(tmpdir(), "flotilla-kubernetes-"));
  const [etcdPort, peerPort, port] = await Promise.all([freePort(), freePort(), freePort()]);
  const started: ChildProcess[] = [
    startEtcd(folder, etcdPort, peerPort),
    startServer(folder, etcdPort, port),
  ];
  const server = `https://127.0.0.1:${port}`;
  await until(() => existsSync(join(folder, "apiserver.crt")));
  const ca = readFileSync(join(folder, "apiserver.crt"), "utf8");
  const ask: Ask = (method, path, body) => asked({ server, ca }, { method, path, body });
  await until(() =>
    ask("GET", "/readyz").then(
      () => true,
      () => false,
    ),
  );
  const write = (user: keyof typeof TOKENS): string =>
    writeKubeconfig(folder, { server, ca, user });
  started.push(startControllers(folder, write("admin")));
  await prepare(ask);
  const node = startNodeStandIn(ask, NAMESPACE);
  return {
    kubeconfig: write("flotilla"),
    namespace: NAMESPACE,
    ask,
    async [Symbol.asyncDispose]() {
      await node.close();
      for (const child of started.toReversed()) await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function startEtcd(folder: string, port: number, peerPort: number): ChildProcess {
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  // Go names it so: it is go.etcd.io/etcd/server.
  return start("server", [
    `--data-dir=${join(folder, "etcd")}`,
    "--unsafe-no-fsync",
    "--log-level=error",
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ]);
}

function startServer(folder: string, etcdPort: number, port: number): ChildProcess {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const tokens = [
    `${TOKENS.admin},admin,1,system:masters`,
    `${TOKENS.flotilla},flotilla,2`,
    `${TOKENS.guest},guest,3`,
  ];
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const key = file("sa.key", privateKey.export({ type: "pkcs1", format: "pem" }));
  const pub = file("sa.pub", publicKey.export({ type: "spki", format: "pem" }));
  return start("kube-apiserver", [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    `--cert-dir=${folder}`,
    `--token-auth-file=${file("tokens.csv", tokens.join("\n"))}`,
    "--authorization-mode=RBAC",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${pub}`,
    `--service-account-signing-key-file=${key}`,
    "--endpoint-reconciler-type=none",
  ]);
}

function startControllers(folder: string, kubeconfig: string): ChildProcess {
  const names = ["deployment", "replicaset", "garbage-collector", "resourcequota", "disruption"];
  return start("kube-controller-manager", [
    `--kubeconfig=${kubeconfig}`,
    `--controllers=${names.map((name) => `${name}-controller`).join(",")}`,
    "--leader-elect=false",
    "--secure-port=0",
    `--cert-dir=${folder}`,
  ]);
}

/** A namespace that takes pods of the strictest profile alone, and the README's Role for whoever is `flotilla`. */
async function prepare(ask: Ask): Promise<void> {
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await ask("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE, labels } });
  const verbs = ["get", "list", "watch", "create", "patch", "delete"];
  const rules = [
    { apiGroups: ["apps"], resources: ["deployments"], verbs },
    { apiGroups: [""], resources: ["services", "secrets", "serviceaccounts"], verbs },
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch", "delete"] },
    { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs },
    { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs },
  ];
  const api = `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}`;
  await ask("POST", `${api}/roles`, { metadata: { name: "flotilla" }, rules });
  await ask("POST", `${api}/rolebindings`, {
    metadata: { name: "flotilla" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "flotilla" },
    subjects: [{ kind: "User", name: "flotilla", apiGroup: "rbac.authorization.k8s.io" }],
  });
}

/** Also of somebody without rights: `guest`. */
export function kubeconfigOf(cluster: TestCluster, user: keyof typeof TOKENS | "nobody"): string {
  const text = readFileSync(cluster.kubeconfig, "utf8");
  const token = user === "nobody" ? "no-such-token" : TOKENS[user];
  const path = `${cluster.kubeconfig}-${user}`;
  writeFileSync(path, text.replace(TOKENS.flotilla, token), { mode: 0o600 });
  return path;
}

function writeKubeconfig(
  folder: string,
  { server, ca, user }: { server: string; ca: string; user: keyof typeof TOKENS },
): string {
  const data = Buffer.from(ca).toString("base64");
  const path = join(folder, `kubeconfig-${user}`);
  const config = {
    "current-context": "test",
    clusters: [{ name: "test", cluster: { server, "certificate-authority-data": data } }],
    users: [{ name: user, user: { token: TOKENS[user] } }],
    contexts: [{ name: "test", context: { cluster: "test", user, namespace: NAMESPACE } }],
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

function start(program: string, args: string[]): ChildProcess {
  return spawn(join(BIN, program), args, { stdio: "ignore" });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

async function asked(
  { server, ca }: { server: string; ca: string },
  { method, path, body }: { method: string; path: string; body?: unknown },
): Promise<unknown> {
  const payload = body === undefined ? "" : JSON.stringify(body);
  const sent = request(new URL(path, server), {
    method,
    ca,
    headers: {
      authorization: `Bearer ${TOKENS.admin}`,
      "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
      "content-length": String(Buffer.byteLength(payload)),
    },
  });
  sent.end(payload);
  const [answer] = await once(sent, "response");
  let text = "";
  for await (const chunk of answer.setEncoding("utf8")) text += chunk;
  if (answer.statusCode >= 400) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
  return text.startsWith("{") ? JSON.parse(text) : text;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function until(probe: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await probe()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("Kubernetes does not come up here.");
}

/**
 * Which API server, and who is asking: a kubeconfig file, or the ServiceAccount of the pod that Flotilla runs in.
 * https://kubernetes.io/docs/reference/config-api/kubeconfig.v1
 */
import { readFile, stat } from "node:fs/promises";
import { delimiter, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { messageOf } from "../../../protocol/errors.ts";
import { isRecord } from "../../../protocol/jsonrpc.ts";
import { denied, notReady } from "../../decisions.ts";
import { listAt, recordAt, textAt, type Json } from "./json.ts";

export interface Access {
  server: URL;
  namespace: string;
  tls: { ca?: string; cert?: string; key?: string; servername?: string };
  /** Read anew each time: a ServiceAccount's token changes on disk every hour. */
  token?: () => Promise<string>;
}

export interface AccessOptions {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  /** Default: the file's current context. */
  context?: string | undefined;
  /** Default: the context's, or the pod's own. */
  namespace?: string | undefined;
  /** For tests. */
  serviceAccountDir?: string;
}

const SERVICE_ACCOUNT_DIR = "/var/run/secrets/kubernetes.io/serviceaccount";
const MAX_FILE_BYTES = 1024 * 1024;

/** KUBECONFIG wins, then the pod's own ServiceAccount, then `~/.kube/config`: as other tools look. */
export async function accessOf(options: AccessOptions): Promise<Access> {
  const access = await found(options);
  const { server } = access;
  const isHere = ["127.0.0.1", "[::1]", "localhost"].includes(server.hostname);
  if (server.protocol !== "https:" && !(server.protocol === "http:" && isHere)) {
    throw denied("The API server's address is not https.", { hint: "Correct the kubeconfig." });
  }
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(access.namespace)) {
    throw denied("This is not the name of a namespace.", { hint: "Correct the kubeconfig." });
  }
  return access;
}

async function found(options: AccessOptions): Promise<Access> {
  const { env, home } = options;
  const listed = env["KUBECONFIG"]?.split(delimiter).filter(Boolean) ?? [];
  if (listed.length === 0 && options.context === undefined) {
    const inside = await insideCluster(options);
    if (inside !== undefined) return inside;
  }
  const files = listed.length > 0 ? listed : [join(home, ".kube", "config")];
  const configs = (await Promise.all(files.map(configFile))).filter((one) => one !== undefined);
  if (configs.length > 0) return ofConfigs(configs, options);
  throw notReady("No Kubernetes is configured here.", {
    hint: "Set KUBECONFIG to a kubeconfig file, or run Flotilla in a pod with a ServiceAccount.",
  });
}

async function insideCluster(options: AccessOptions): Promise<Access | undefined> {
  const { env, serviceAccountDir: dir = SERVICE_ACCOUNT_DIR } = options;
  const host = env["KUBERNETES_SERVICE_HOST"];
  const port = env["KUBERNETES_SERVICE_PORT"] ?? "443";
  if (host === undefined || host === "" || !(await exists(join(dir, "token")))) return undefined;
  const server = serverOf(`https://${host.includes(":") ? `[${host}]` : host}:${port}`);
  return {
    server,
    namespace: options.namespace ?? (await textOf(join(dir, "namespace"))).trim(),
    tls: { ca: await textOf(join(dir, "ca.crt")) },
    token: async () => (await textOf(join(dir, "token"))).trim(),
  };
}

interface ConfigFile {
  folder: string;
  content: Json;
}

/** Undefined where there is no such file, as other tools have it. */
async function configFile(path: string): Promise<ConfigFile | undefined> {
  if (!(await exists(path))) return undefined;
  let content: unknown;
  try {
    content = parse(await textOf(path));
  } catch (error) {
    // The parser's sentence may quote a line with a token.
    throw denied("A kubeconfig file cannot be read as YAML.", { cause: error });
  }
  return { folder: dirname(resolve(path)), content: isRecord(content) ? content : {} };
}

/** Of several files, the first that names something decides. */
function ofConfigs(configs: readonly ConfigFile[], options: AccessOptions): Promise<Access> {
  const current = configs
    .map(({ content }) => textAt(content, "current-context"))
    .find((name) => name !== undefined && name !== "");
  const name = options.context ?? current;
  if (name === undefined) {
    throw denied("The kubeconfig has no current context.", { hint: "Name a context." });
  }
  const context = entry(configs, { list: "contexts", name, kind: "context" }).value;
  const cluster = entry(configs, {
    list: "clusters",
    name: textAt(context, "cluster") ?? "",
    kind: "cluster",
  });
  const user = entry(configs, { list: "users", name: textAt(context, "user") ?? "", kind: "user" });
  refuseUnsafe(cluster.value, user.value);
  const namespace = options.namespace ?? textAt(context, "namespace") ?? "default";
  return accessAs(cluster, user, namespace);
}

interface Entry {
  value: Json;
  folder: string;
}

function entry(
  configs: readonly ConfigFile[],
  { list, name, kind }: { list: string; name: string; kind: string },
): Entry {
  for (const { content, folder } of configs) {
    const one = listAt(content, list).find((candidate) => candidate["name"] === name);
    if (one !== undefined) return { value: recordAt(one, kind), folder };
  }
  throw denied(`The kubeconfig has no ${kind} "${name}".`, {
    hint: "Name another context, or complete the file.",
  });
}

function refuseUnsafe(cluster: Json, user: Json): void {
  if (user["exec"] !== undefined || user["auth-provider"] !== undefined) {
    throw denied("This context gets its credentials from a program, which Flotilla does not run.", {
      hint: "Make a context with a token: kubectl create token NAME --duration 24h.",
    });
  }
  if (user["username"] !== undefined) {
    throw denied("Kubernetes has no user names with passwords any more.", { hint: "Use a token." });
  }
  if (cluster["insecure-skip-tls-verify"] === true) {
    throw denied("This context does not check the API server's certificate.", {
      hint: "Give it certificate-authority-data instead of insecure-skip-tls-verify.",
    });
  }
  if (cluster["proxy-url"] !== undefined) {
    throw denied("This context needs a proxy, which is not supported.", {
      hint: "Run Flotilla where the API server can be reached.",
    });
  }
}

async function accessAs(cluster: Entry, user: Entry, namespace: string): Promise<Access> {
  const server = serverOf(textAt(cluster.value, "server") ?? "");
  const [ca, cert, key] = await Promise.all([
    material(cluster, "certificate-authority"),
    material(user, "client-certificate"),
    material(user, "client-key"),
  ]);
  const servername = textAt(cluster.value, "tls-server-name");
  const tls = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && key !== undefined && { cert, key }),
    ...(servername !== undefined && { servername }),
  };
  const token = textAt(user.value, "token");
  const tokenFile = textAt(user.value, "tokenFile");
  if (tokenFile !== undefined) {
    const path = resolve(user.folder, tokenFile);
    return { server, namespace, tls, token: async () => (await textOf(path)).trim() };
  }
  return { server, namespace, tls, ...(token !== undefined && { token: async () => token }) };
}

/** `<name>-data` (base64) wins over `<name>`, a path relative to its file. */
async function material({ value, folder }: Entry, name: string): Promise<string | undefined> {
  const data = textAt(value, `${name}-data`);
  if (data !== undefined) return Buffer.from(data, "base64").toString("utf8");
  const path = textAt(value, name);
  return path === undefined ? undefined : textOf(resolve(folder, path));
}

function serverOf(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && url.username === "" && url.password === "") return url;
  throw denied("The API server's address cannot be read.", { hint: "Correct the kubeconfig." });
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

async function textOf(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) throw new Error("it is larger than 1 MiB");
    return await readFile(path, "utf8");
  } catch (error) {
    throw denied(`A file for access to Kubernetes cannot be read: ${messageOf(error)}.`);
  }
}

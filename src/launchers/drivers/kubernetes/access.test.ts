import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { accessOf } from "./access.node.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "flotilla-access-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file({ cluster = {}, user = {} }: { cluster?: object; user?: object }): string {
  const path = join(folder, "config");
  const config = {
    "current-context": "one",
    contexts: [{ name: "one", context: { cluster: "c", user: "u", namespace: "ships" } }],
    clusters: [{ name: "c", cluster: { server: "https://10.0.0.1:6443", ...cluster } }],
    users: [{ name: "u", user }],
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}
const read = (KUBECONFIG: string, more = {}) =>
  accessOf({ env: { KUBECONFIG }, home: folder, ...more });

it("reads server, namespace, certificates and token", async () => {
  writeFileSync(join(folder, "ca.pem"), "the CA");
  const data = Buffer.from("the key").toString("base64");
  const user = { token: "t", "client-certificate": "ca.pem", "client-key-data": data };
  const path = file({ cluster: { "certificate-authority": "ca.pem" }, user });
  const access = await read(path);
  expect(access.server.href).toBe("https://10.0.0.1:6443/");
  expect(access.namespace).toBe("ships");
  expect(access.tls).toEqual({ ca: "the CA", cert: "the CA", key: "the key" });
  expect(await access.token?.()).toBe("t");
  expect((await read(path, { namespace: "other" })).namespace).toBe("other");
});

it.each([
  [{ user: { exec: { command: "aws" } } }, /from a program/],
  [{ user: { "auth-provider": { name: "gcp" } } }, /from a program/],
  [{ user: { username: "a", password: "b" } }, /no user names/],
  [{ cluster: { "insecure-skip-tls-verify": true } }, /does not check/],
  [{ cluster: { "proxy-url": "http://proxy" } }, /proxy/],
  [{ cluster: { server: "http://10.0.0.1" } }, /not https/],
  [{ cluster: { server: "nonsense" } }, /cannot be read/],
])("refuses %j", async (parts, message) => {
  const error = { code: "launcher_denied", message: expect.stringMatching(message) };
  await expect(read(file(parts))).rejects.toMatchObject(error);
});

it("reads a pod's own token anew each time", async () => {
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write("token", "first\n");
  write("namespace", "ships");
  write("ca.crt", "the CA");
  const env = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" };
  const access = await accessOf({ env, home: folder, serviceAccountDir: folder });
  expect(access).toMatchObject({ namespace: "ships", tls: { ca: "the CA" } });
  expect(await access.token?.()).toBe("first");
  write("token", "second\n");
  expect(await access.token?.()).toBe("second");
});

it("waits where no Kubernetes is configured", async () => {
  const absent = accessOf({ env: {}, home: folder, serviceAccountDir: folder });
  await expect(absent).rejects.toMatchObject({ code: "launcher_not_ready" });
});

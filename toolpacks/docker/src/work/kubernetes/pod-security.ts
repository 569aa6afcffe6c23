/** The Pod Security Standards: what baseline forbids, and what restricted demands. */
import { at, dict, list, scalar } from "../values.ts";
import type { Dict } from "../values.ts";
import { containersOf, podOf } from "./objects.ts";
import type { Container, KubeObject, Pod } from "./objects.ts";
import type { Tell } from "./tell.ts";

export type SecurityLevel = "privileged" | "baseline" | "restricted";

const BASELINE_CAPABILITIES = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);
const REFERENCE = "Pod Security Standards";

export function podSecurity(
  objects: readonly KubeObject[],
  level: SecurityLevel,
  tell: Tell,
): void {
  if (level === "privileged") return;
  for (const owner of objects) {
    const pod = podOf(owner);
    if (pod === undefined) continue;
    baselinePod(pod, tell);
    for (const container of containersOf(pod)) {
      baselineContainer(container, tell);
      if (level === "restricted") restrictedContainer(container, tell);
    }
  }
}

function baselinePod({ owner, spec, path }: Pod, tell: Tell): void {
  for (const key of ["hostNetwork", "hostPID", "hostIPC"]) {
    if (spec[key] !== true) continue;
    tell({
      rule: `host-${key.slice(4).toLowerCase()}`,
      severity: "error",
      owner,
      path: [...path, key],
      message: `The pod shares the node's ${key.slice(4).toLowerCase()}.`,
      evidence: `${key}: true`,
      fix: `Remove ${key}.`,
      reference: `${REFERENCE}: baseline`,
    });
  }
  list(spec["volumes"]).forEach((volume, index) => {
    const host = scalar(at(volume, "hostPath", "path"));
    if (host === undefined) return;
    const isSocket = /docker\.sock|containerd\.sock|crio\.sock/.test(host);
    tell({
      rule: isSocket ? "runtime-socket" : "host-path",
      severity: "error",
      owner,
      path: [...path, "volumes", index],
      message: isSocket
        ? "Whoever has the container runtime's socket is root on the node."
        : `The pod reaches into the node's ${host}.`,
      evidence: `hostPath: ${host}`,
      fix: "Use a claim, a ConfigMap or an emptyDir.",
      reference: `${REFERENCE}: baseline`,
    });
  });
}

function baselineContainer({ pod: { owner }, value, path, name }: Container, tell: Tell): void {
  const security = dict(value["securityContext"]);
  const where = [...path, "securityContext"];
  if (security["privileged"] === true) {
    tell({
      rule: "privileged",
      severity: "error",
      owner,
      path: [...where, "privileged"],
      message: `${name} may do everything on its node.`,
      evidence: "privileged: true",
      fix: "Remove it; add single capabilities if it needs some.",
      set: { path: [...where, "privileged"], value: false, replaces: true },
      reference: `${REFERENCE}: baseline`,
    });
  }
  const added = list(at(security, "capabilities", "add")).map(String);
  const dangerous = added.filter((one) => !BASELINE_CAPABILITIES.has(one.replace(/^CAP_/, "")));
  if (dangerous.length > 0) {
    tell({
      rule: "capabilities-added",
      severity: "error",
      owner,
      path: [...where, "capabilities", "add"],
      message: `${name} gets ${dangerous.join(", ")}.`,
      evidence: dangerous.join(", "),
      fix: "Remove them.",
      reference: `${REFERENCE}: baseline`,
    });
  }
  list(value["ports"]).forEach((port, index) => {
    const host = Number(dict(port)["hostPort"] ?? 0);
    if (host === 0) return;
    tell({
      rule: "host-port",
      severity: "warning",
      owner,
      path: [...path, "ports", index],
      message: `${name} takes port ${host} of its node.`,
      evidence: `hostPort: ${host}`,
      fix: "Use a Service.",
      reference: `${REFERENCE}: baseline`,
    });
  });
}

function restrictedContainer(container: Container, tell: Tell): void {
  const { pod, value, path, name } = container;
  const own = dict(value["securityContext"]);
  const shared = dict(pod.spec["securityContext"]);
  const where = value["securityContext"] === undefined ? path : [...path, "securityContext"];
  const demand = (rule: string, message: string, wanted: Dict): void => {
    const [key = "", one] = Object.entries(wanted)[0] ?? [];
    const hasContext = value["securityContext"] !== undefined;
    tell({
      rule,
      severity: "warning",
      owner: pod.owner,
      path: where,
      message,
      evidence: `securityContext.${key}: ${own[key] === undefined ? "not set" : JSON.stringify(own[key])}`,
      fix: `Set securityContext.${key}: ${JSON.stringify(one)}`,
      set: hasContext
        ? { path: [...path, "securityContext", key], value: one }
        : { path: [...path, "securityContext"], value: wanted },
      reference: `${REFERENCE}: restricted`,
    });
  };
  const user = own["runAsUser"] ?? shared["runAsUser"];
  if ((own["runAsNonRoot"] ?? shared["runAsNonRoot"]) !== true)
    demand("may-run-as-root", `${name} may run as root.`, { runAsNonRoot: true });
  if (user === 0) demand("runs-as-root", `${name} runs as root.`, { runAsUser: 10_001 });
  if (own["allowPrivilegeEscalation"] !== false)
    demand("privilege-escalation", `${name} may gain rights, by setuid programs.`, {
      allowPrivilegeEscalation: false,
    });
  if (!list(at(own, "capabilities", "drop")).some((one) => /^ALL$/i.test(String(one))))
    demand("capabilities-kept", `${name} keeps capabilities it hardly needs.`, {
      capabilities: { ...dict(own["capabilities"]), drop: ["ALL"] },
    });
  const seccomp = at(own, "seccompProfile", "type") ?? at(shared, "seccompProfile", "type");
  if (seccomp !== "RuntimeDefault" && seccomp !== "Localhost")
    demand("seccomp-missing", `${name} may make every system call.`, {
      seccompProfile: { type: "RuntimeDefault" },
    });
  if (own["readOnlyRootFilesystem"] !== true) {
    tell({
      rule: "root-filesystem-writable",
      severity: "info",
      owner: pod.owner,
      path: where,
      message: `${name} may change its own files.`,
      evidence: "readOnlyRootFilesystem is not true",
      fix: "Set readOnlyRootFilesystem: true, with an emptyDir where it must write.",
      reference: "CIS 5.7",
    });
  }
}

/** Running containers as Compose describes them. */
import type { Finding } from "flotilla/worker/review";
import type { Project, Service } from "../compose/project.ts";
import { composeRules } from "../compose/rules.ts";
import type { Tell } from "../compose/tell.ts";
import { list, scalar, text } from "../values.ts";

const FROM_VALIDATION = new Set([
  "image-unpinned",
  "store-published",
  "secret-in-file",
  "memory-unlimited",
]);
const SENSITIVE = /^\/(|etc|root|home|boot|dev|lib|proc|sys|usr|var|var\/run|run|var\/lib)(\/|$)/;
const SOCKET = /(docker|containerd|crio|podman)\.sock$/;

export function composeSecurity(project: Project): Finding[] {
  const findings = composeRules(project).filter(({ rule }) => FROM_VALIDATION.has(rule));
  const tell: Tell = ({ path, ...one }) => findings.push({ ...one, location: project.place(path) });
  for (const service of project.services.values()) {
    const strong = powers(service, tell);
    hardening(service, tell);
    reach(service, strong, tell);
  }
  return findings;
}

/** What gives a container power over the machine; the reasons. */
function powers(service: Service, tell: Tell): string[] {
  const { raw, name } = service;
  const reasons: string[] = [];
  const add = (
    rule: string,
    field: string,
    told: { message: string; evidence: string; fix: string; reference: string },
  ): void => {
    reasons.push(told.evidence);
    tell({ rule, severity: "error", path: ["services", name, field], object: name, ...told });
  };
  if (raw["privileged"] === true)
    add("privileged", "privileged", {
      message: `${name} may do everything on the machine.`,
      evidence: "privileged: true",
      fix: "Remove it; add single capabilities or devices.",
      reference: "CIS Docker 5.5",
    });
  for (const { source = "", type, target } of service.mounts) {
    if (type !== "bind") continue;
    if (SOCKET.test(source))
      add("runtime-socket", "volumes", {
        message: `Whoever breaks into ${name} is root on the machine, through the container engine's socket.`,
        evidence: `${source}:${target}`,
        fix: "Put a proxy before the socket that allows only what is needed, or do without.",
        reference: "CIS Docker 5.32",
      });
    else if (SENSITIVE.test(source))
      add("host-path", "volumes", {
        message: `${name} reaches into the machine's ${source}.`,
        evidence: `${source}:${target}`,
        fix: "Use a named volume, or mount only the file it needs, read-only.",
        reference: "CIS Docker 5.6",
      });
  }
  for (const [field, rule, number] of [
    ["network_mode", "host-network", "5.10"],
    ["pid", "host-pid", "5.16"],
    ["ipc", "host-ipc", "5.17"],
  ] as const) {
    if (text(raw[field]) === "host")
      add(rule, field, {
        message: `${name} shares the machine's ${rule.slice(5)}.`,
        evidence: `${field}: host`,
        fix: `Remove ${field}.`,
        reference: `CIS Docker ${number}`,
      });
  }
  const dangerous = list(raw["cap_add"])
    .map((one) => String(one).replace(/^CAP_/, ""))
    .filter((one) =>
      /^(ALL|SYS_\w+|NET_ADMIN|NET_RAW|DAC_READ_SEARCH|BPF|PERFMON|MAC_\w+|LINUX_IMMUTABLE|MKNOD)$/.test(
        one,
      ),
    );
  if (dangerous.length > 0)
    add("capabilities-added", "cap_add", {
      message: `${name} gets ${dangerous.join(", ")}.`,
      evidence: `cap_add: ${dangerous.join(", ")}`,
      fix: "Remove them.",
      reference: "CIS Docker 5.4",
    });
  const off = list(raw["security_opt"])
    .map(String)
    .filter((one) => /(seccomp|apparmor)[:=]unconfined|label[:=]disable/.test(one));
  if (off.length > 0)
    add("confinement-off", "security_opt", {
      message: `${name} runs without the kernel's filters.`,
      evidence: off.join(", "),
      fix: "Remove it, or name a profile.",
      reference: "CIS Docker 5.22",
    });
  if (list(raw["devices"]).length > 0)
    add("devices", "devices", {
      message: `${name} has devices of the machine.`,
      evidence: list(raw["devices"])
        .map((one) => scalar(one) ?? JSON.stringify(one))
        .join(", ")
        .slice(0, 120),
      fix: "Remove what it does not need.",
      reference: "CIS Docker 5.18",
    });
  return reasons;
}

function hardening({ raw, name }: Service, tell: Tell): void {
  const ask = (
    rule: string,
    message: string,
    { fix, reference }: { fix: string; reference: string },
  ): void =>
    tell({
      rule,
      severity: "info",
      path: ["services", name],
      object: name,
      message,
      fix,
      reference,
    });
  if (!list(raw["cap_drop"]).some((one) => /^all$/i.test(String(one))))
    ask("capabilities-kept", `${name} keeps capabilities it hardly needs.`, {
      fix: 'Add cap_drop: ["ALL"], then cap_add what it misses.',
      reference: "CIS Docker 5.4",
    });
  if (
    !list(raw["security_opt"]).some((one) => /^no-new-privileges(?:[:=]true)?$/.test(String(one)))
  )
    ask("privilege-escalation", `${name} may gain rights, by setuid programs.`, {
      fix: 'Add security_opt: ["no-new-privileges:true"].',
      reference: "CIS Docker 5.26",
    });
  if (raw["read_only"] !== true)
    ask("root-filesystem-writable", `${name} may change its own files.`, {
      fix: "Add read_only: true, and tmpfs where it must write.",
      reference: "CIS Docker 5.13",
    });
  if (
    raw["pids_limit"] === undefined &&
    JSON.stringify(raw["deploy"] ?? {}).includes('"pids"') === false
  )
    ask("pids-unlimited", `${name} may start processes without end.`, {
      fix: "Add pids_limit: 200.",
      reference: "CIS Docker 5.29",
    });
}

/** A door to the world, and power over the machine behind it. */
function reach(service: Service, strong: readonly string[], tell: Tell): void {
  const open = service.ports.filter(
    ({ published, hostIp }) =>
      published !== undefined && !/^(127\.|::1|localhost)/.test(hostIp ?? ""),
  );
  for (const { index, written, hostIp } of open) {
    if (hostIp !== undefined && hostIp !== "" && hostIp !== "0.0.0.0" && hostIp !== "::") continue;
    tell({
      rule: "port-everywhere",
      severity: "info",
      path: ["services", service.name, "ports", index],
      object: service.name,
      message: `${written} is open on every address of the machine.`,
      evidence: written,
      fix: `Name the address: 127.0.0.1:${written}`,
      reference: "CIS Docker 5.14",
    });
  }
  if (open.length === 0 || strong.length === 0) return;
  tell({
    rule: "reachable-and-powerful",
    severity: "error",
    path: ["services", service.name],
    object: service.name,
    message: `${service.name} can be reached from outside and has power over the machine: one hole in it is enough.`,
    evidence: `${open.map(({ written }) => written).join(", ")} with ${strong.join("; ")}`.slice(
      0,
      200,
    ),
    fix: "Take one of the two away.",
    reference: "CWE-250",
  });
}

/** Running containers as Compose describes them. */
import type { Finding } from "flotilla/worker/review";
import type { Project, Service } from "../compose/project.ts";
import { composeRules } from "../compose/rules.ts";
import type { Tell } from "../compose/tell.ts";
import { at, list, scalar } from "../values.ts";

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

interface Power {
  rule: string;
  field: string;
  message: string;
  evidence: string;
  fix: string;
  reference: string;
}

/** What gives a container power over the machine; the reasons. */
function powers(service: Service, tell: Tell): string[] {
  const found = [...mountPowers(service), ...sharedWithHost(service), ...kernelPowers(service)];
  for (const { field, ...one } of found) {
    const path = ["services", service.name, field];
    tell({ ...one, severity: "error", path, object: service.name });
  }
  return found.map(({ evidence }) => evidence);
}

function mountPowers({ name, mounts }: Service): Power[] {
  return mounts.flatMap(({ source = "", type, target }): Power[] => {
    const isSocket = SOCKET.test(source);
    if (type !== "bind" || !(isSocket || SENSITIVE.test(source))) return [];
    return [
      {
        rule: isSocket ? "runtime-socket" : "host-path",
        field: "volumes",
        message: isSocket
          ? `Whoever breaks into ${name} is root on the machine, through the container engine's socket.`
          : `${name} reaches into the machine's ${source}.`,
        evidence: `${source}:${target}`,
        fix: isSocket
          ? "Put a proxy before the socket that allows only what is needed, or do without."
          : "Use a named volume, or mount only the file it needs, read-only.",
        reference: isSocket ? "CIS Docker 5.32" : "CIS Docker 5.6",
      },
    ];
  });
}

const SHARED = [
  ["network_mode", "host-network", "5.10"],
  ["pid", "host-pid", "5.16"],
  ["ipc", "host-ipc", "5.17"],
] as const;

function sharedWithHost({ name, raw }: Service): Power[] {
  return SHARED.filter(([field]) => raw[field] === "host").map(([field, rule, number]) => ({
    rule,
    field,
    message: `${name} shares the machine's ${rule.slice(5)}.`,
    evidence: `${field}: host`,
    fix: `Remove ${field}.`,
    reference: `CIS Docker ${number}`,
  }));
}

const DANGEROUS =
  /^(ALL|SYS_\w+|NET_ADMIN|NET_RAW|DAC_READ_SEARCH|BPF|PERFMON|MAC_\w+|LINUX_IMMUTABLE|MKNOD)$/;

function kernelPowers({ name, raw }: Service): Power[] {
  const texts = (field: string): string[] =>
    list(raw[field]).map((one) => scalar(one) ?? JSON.stringify(one));
  const added = texts("cap_add")
    .map((one) => one.replace(/^CAP_/, ""))
    .filter((one) => DANGEROUS.test(one));
  const off = texts("security_opt").filter((one) =>
    /(seccomp|apparmor)[:=]unconfined|label[:=]disable/.test(one),
  );
  const devices = texts("devices");
  const rows: readonly (Omit<Power, "reference"> & { number: string; isThere: boolean })[] = [
    {
      rule: "privileged",
      field: "privileged",
      number: "5.5",
      isThere: raw["privileged"] === true,
      message: `${name} may do everything on the machine.`,
      evidence: "privileged: true",
      fix: "Remove it; add single capabilities or devices.",
    },
    {
      rule: "capabilities-added",
      field: "cap_add",
      number: "5.4",
      isThere: added.length > 0,
      message: `${name} gets ${added.join(", ")}.`,
      evidence: `cap_add: ${added.join(", ")}`,
      fix: "Remove them.",
    },
    {
      rule: "confinement-off",
      field: "security_opt",
      number: "5.22",
      isThere: off.length > 0,
      message: `${name} runs without the kernel's filters.`,
      evidence: off.join(", "),
      fix: "Remove it, or name a profile.",
    },
    {
      rule: "devices",
      field: "devices",
      number: "5.18",
      isThere: devices.length > 0,
      message: `${name} has devices of the machine.`,
      evidence: devices.join(", ").slice(0, 120),
      fix: "Remove what it does not need.",
    },
  ];
  return rows
    .filter(({ isThere }) => isThere)
    .map(({ rule, field, message, evidence, fix, number }) => ({
      rule,
      field,
      message,
      evidence,
      fix,
      reference: `CIS Docker ${number}`,
    }));
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
    at(raw, "deploy", "resources", "limits", "pids") === undefined
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

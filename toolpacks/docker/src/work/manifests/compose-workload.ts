/** One Compose service as a workload with its ConfigMaps, Secrets and claims. */
import { pairsOf } from "../compose/project.ts";
import type { Mount, Service } from "../compose/project.ts";
import { readShell } from "../dockerfile/shell.ts";
import { secretIn, secretName } from "../secrets.ts";
import { at, dict, list, scalar, text } from "../values.ts";
import type { Dict } from "../values.ts";
import { kubeName, metadata } from "./build.ts";
import type { PortSpec, Probe, VolumeSpec, Workload } from "./build.ts";
import { dropTheRest } from "./compose-dropped.ts";
import type { Conversion } from "./from-compose.ts";

interface Carried {
  workload: Workload;
  extra: Dict[];
}

export function carriedWorkload(service: Service, conversion: Conversion): Carried {
  const { raw } = service;
  dropTheRest(service, conversion);
  const name = kubeName(service.name);
  const environment = environmentOf(service, name, conversion);
  const storage = volumesFor(service, name, conversion);
  const ports = portSpecs(service, conversion);
  const probe = healthProbe(service, conversion);
  const memory = memoryOf(service);
  const cpu = scalar(at(raw, "deploy", "resources", "limits", "cpus") ?? raw["cpus"]);
  return {
    workload: {
      name,
      namespace: conversion.namespace,
      image:
        service.image ??
        `${conversion.registry === undefined ? "" : `${conversion.registry}/`}${name}:latest`,
      kind: storage.claims.length > 0 ? "StatefulSet" : "Deployment",
      replicas: Math.max(0, service.replicas),
      command: words(raw["entrypoint"]),
      args: words(raw["command"]),
      workingDir: text(raw["working_dir"]),
      ports,
      env: environment.env,
      resources: {
        requests: {
          cpu: scalar(at(raw, "deploy", "resources", "reservations", "cpus")) ?? "100m",
          memory: memory.request,
        },
        limits: { memory: memory.limit, ...(cpu !== undefined && { cpu }) },
      },
      volumes: storage.volumes,
      claims: storage.claims,
      readiness: probe ?? (ports[0]?.protocol === "TCP" ? { port: ports[0].name } : undefined),
      liveness:
        probe === undefined
          ? undefined
          : { ...probe, failureThreshold: (probe.failureThreshold ?? 3) * 2 },
      security: securityOf(raw),
      podSecurity: { seccompProfile: { type: "RuntimeDefault" } },
      graceSeconds: seconds(raw["stop_grace_period"]),
      hostname: text(raw["hostname"]),
      hostAliases: hostAliases(raw["extra_hosts"]),
    },
    extra: [...environment.objects, ...storage.objects],
  };
}

/** Compose splits a text into words as a shell would, but runs no shell. */
function words(value: unknown): string[] | undefined {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const { commands } = readShell(value, 0);
  const [only] = commands;
  if (only === undefined || commands.length > 1 || /[|&;<>`]/.test(value))
    return value.trim().split(/\s+/);
  return [value.slice(only.start, only.nameEnd), ...only.words.map((one) => one.value)];
}

function environmentOf(
  { environment }: Service,
  name: string,
  { namespace }: Conversion,
): { env: Dict[]; objects: Dict[] } {
  const secrets: Record<string, string> = {};
  const env: Dict[] = [];
  for (const [variable, value] of environment) {
    const key = kubeName(variable);
    const isSecret = value === undefined || secretName(variable) || secretIn(value) !== undefined;
    if (!isSecret) env.push({ name: variable, value });
    else {
      // What is secret in the file is not copied on: whoever applies it fills it in.
      secrets[key] = "CHANGE-ME";
      env.push({ name: variable, valueFrom: { secretKeyRef: { name: `${name}-env`, key } } });
    }
  }
  const objects =
    Object.keys(secrets).length === 0
      ? []
      : [
          {
            apiVersion: "v1",
            kind: "Secret",
            metadata: metadata(`${name}-env`, namespace, name),
            type: "Opaque",
            stringData: secrets,
          },
        ];
  return { env, objects };
}

interface Storage {
  volumes: VolumeSpec[];
  claims: Dict[];
  objects: Dict[];
}

function volumesFor(service: Service, name: string, conversion: Conversion): Storage {
  const storage: Storage = { volumes: [], claims: [], objects: [] };
  service.mounts.forEach((mount, index) =>
    addMount(mount, { service, index, name, conversion, storage }),
  );
  for (const kind of ["configs", "secrets"] as const)
    addFiles(service, kind, { conversion, storage });
  return storage;
}

interface MountAt {
  service: Service;
  index: number;
  name: string;
  conversion: Conversion;
  storage: Storage;
}

function addMount(
  { type, source, target, readOnly, size }: Mount,
  { service, index, conversion, storage }: MountAt,
): void {
  const base = { mountPath: target, ...(readOnly && { readOnly }) };
  if (type === "bind") {
    conversion.drop(
      service,
      "volumes",
      `${source ?? ""} is a folder of this machine; an empty one stands in at ${target}. Put it into the image, a ConfigMap or a claim.`,
    );
    storage.volumes.push({ name: `bind-${index}`, ...base, source: { emptyDir: {} } });
  } else if (type === "tmpfs") {
    storage.volumes.push({
      name: `tmpfs-${index}`,
      ...base,
      source: { emptyDir: { medium: "Memory", ...(size !== undefined && { sizeLimit: size }) } },
    });
  } else {
    const volume = source === undefined ? `volume-${index}` : kubeName(source);
    storage.volumes.push({ name: volume, ...base, source: {} });
    if (storage.claims.some((one) => at(one, "metadata", "name") === volume)) return;
    const sharers = [...conversion.project.services.values()].filter(
      (other) =>
        other !== service &&
        other.mounts.some((one) => one.source === source && source !== undefined),
    );
    if (sharers.length > 0)
      conversion.drop(
        service,
        "volumes",
        `${source ?? ""} is shared with ${sharers.map((one) => one.name).join(", ")}; each gets a claim of its own. Use one ReadWriteMany claim to share it.`,
      );
    storage.claims.push({
      metadata: { name: volume },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    });
  }
}

function addFiles(
  service: Service,
  kind: "configs" | "secrets",
  { conversion, storage }: Pick<MountAt, "conversion" | "storage">,
): void {
  for (const one of list(service.raw[kind])) {
    const source = typeof one === "string" ? one : (text(dict(one)["source"]) ?? "");
    const fallback = kind === "secrets" ? `/run/secrets/${source}` : `/${source}`;
    const target = text(dict(one)["target"]) ?? fallback;
    const mountPath = target.startsWith("/") ? target : `/run/secrets/${target}`;
    const name = kubeName(source);
    const declared = dict(at(conversion.project.value, kind, source));
    const content = kind === "configs" ? scalar(declared["content"]) : undefined;
    if (content === undefined)
      conversion.drop(
        service,
        kind,
        `The content of ${source} is not here: kubectl create ${kind === "secrets" ? "secret generic" : "configmap"} ${name} --from-file=${source}=FILE`,
      );
    else
      storage.objects.push({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: metadata(name, conversion.namespace, kubeName(service.name)),
        data: { [source]: content },
      });
    storage.volumes.push({
      name: `${kind === "secrets" ? "secret" : "config"}-${name}`.slice(0, 63),
      mountPath,
      subPath: source,
      readOnly: true,
      source: kind === "secrets" ? { secret: { secretName: name } } : { configMap: { name } },
    });
  }
}

function portSpecs(service: Service, conversion: Conversion): PortSpec[] {
  const found = new Map<string, PortSpec>();
  const add = (port: number, protocol: string, published?: number): void => {
    const upper = protocol.toUpperCase();
    const key = `${port}/${upper}`;
    if (port < 1 || port > 65_535 || found.has(key)) return;
    found.set(key, {
      name: `${upper === "TCP" ? "port" : "udp"}-${port}`,
      container: port,
      service: published ?? port,
      protocol: upper,
    });
  };
  for (const { target, protocol, published, written } of service.ports) {
    if (target === undefined) {
      conversion.drop(service, "ports", `${written} is no port that can be read.`);
      continue;
    }
    if (target[1] - target[0] > 50) {
      conversion.drop(service, "ports", `${written} is a range of more than 50 ports.`);
      continue;
    }
    for (let port = target[0]; port <= target[1]; port += 1) add(port, protocol);
    if (published !== undefined)
      conversion.drop(
        service,
        "ports",
        `${written} was open on this machine; the Service is reachable inside the cluster, on the container's port. Add an Ingress or type LoadBalancer.`,
      );
  }
  for (const one of list(service.raw["expose"])) {
    const [port = "", protocol = "tcp"] = (scalar(one) ?? "").split("/", 2);
    if (/^\d+$/.test(port)) add(Number(port), protocol);
  }
  return [...found.values()];
}

function healthProbe(service: Service, conversion: Conversion): Probe | undefined {
  const check = dict(service.raw["healthcheck"]);
  const { test } = check;
  if (test === undefined || check["disable"] === true) return undefined;
  const parts = Array.isArray(test) ? test.map(String) : ["CMD-SHELL", scalar(test) ?? ""];
  const command =
    parts[0] === "CMD"
      ? parts.slice(1)
      : parts[0] === "CMD-SHELL"
        ? ["/bin/sh", "-c", parts.slice(1).join(" ")]
        : undefined;
  if (command === undefined || command.length === 0) {
    if (parts[0] !== "NONE")
      conversion.drop(service, "healthcheck", "Its test starts with neither CMD nor CMD-SHELL.");
    return undefined;
  }
  return {
    command,
    periodSeconds: seconds(check["interval"]) ?? 30,
    timeoutSeconds: seconds(check["timeout"]) ?? 30,
    failureThreshold: Number(scalar(check["retries"]) ?? 3) || 3,
    initialDelaySeconds: seconds(check["start_period"]),
  };
}

function securityOf(raw: Dict): Dict {
  const user = /^(\d+)(?::(\d+))?$/.exec(scalar(raw["user"]) ?? "");
  const drop = list(raw["cap_drop"]).map((one) => String(one).replace(/^CAP_/, ""));
  const add = list(raw["cap_add"]).map((one) => String(one).replace(/^CAP_/, ""));
  return {
    allowPrivilegeEscalation: false,
    ...(user !== null && {
      runAsUser: Number(user[1]),
      ...(user[1] !== "0" && { runAsNonRoot: true }),
      ...(user[2] !== undefined && { runAsGroup: Number(user[2]) }),
    }),
    ...(raw["read_only"] === true && { readOnlyRootFilesystem: true }),
    ...(drop.length + add.length > 0 && {
      capabilities: { ...(drop.length > 0 && { drop }), ...(add.length > 0 && { add }) },
    }),
  };
}

function memoryOf({ raw }: Service): { request: string; limit: string } {
  const limit = kubeBytes(at(raw, "deploy", "resources", "limits", "memory") ?? raw["mem_limit"]);
  const request = kubeBytes(
    at(raw, "deploy", "resources", "reservations", "memory") ?? raw["mem_reservation"],
  );
  return { request: request ?? limit ?? "128Mi", limit: limit ?? request ?? "512Mi" };
}

/** 512m of Compose are mebibytes; of Kubernetes they would be half a byte. */
function kubeBytes(value: unknown): string | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([bkmgt])?i?b?$/i.exec(scalar(value) ?? "");
  if (match === null) return undefined;
  const unit = { b: "", k: "Ki", m: "Mi", g: "Gi", t: "Ti" }[match[2]?.toLowerCase() ?? "b"] ?? "";
  return `${match[1] ?? ""}${unit}`;
}

/** 1m30s, 10s, 500ms: whole seconds, at least one. */
export function seconds(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  const written = text(value) ?? "";
  const factors: Record<string, number> = { h: 3_600, m: 60, s: 1, ms: 1e-3, us: 1e-6 };
  const parts = [...written.matchAll(/(\d+(?:\.\d+)?)(h|ms|us|m|s)/g)];
  if (parts.length === 0) return undefined;
  return Math.max(
    1,
    Math.round(
      parts.reduce(
        (sum, [, amount, unit]) => sum + Number(amount) * (factors[unit ?? "s"] ?? 1),
        0,
      ),
    ),
  );
}

function hostAliases(value: unknown): Dict[] {
  const pairs = Array.isArray(value)
    ? value.map((one) => [...(/^([^:=]+)[:=](.*)$/.exec(String(one)) ?? [])].slice(1))
    : [...pairsOf(value)];
  return pairs.flatMap(([host, ip]) =>
    ip === undefined || !/^[\d.]+$|:/.test(ip) ? [] : [{ ip, hostnames: [host] }],
  );
}

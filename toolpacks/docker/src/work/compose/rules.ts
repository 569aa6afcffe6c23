/** What a Compose file means, beyond its schema: names that lead nowhere, circles, conflicts, and what start-up forgets. */
import type { Finding } from "flotilla/worker/review";
import { at, dict, list, nearest, scalar, text } from "../values.ts";
import { imageName } from "../dockerfile/image-name.ts";
import { secretIn, secretName } from "../secrets.ts";
import type { Path } from "../yaml-text.ts";
import { circles, declared, takenPorts } from "./project-rules.ts";
import type { Project, Service } from "./project.ts";
import type { Tell } from "./tell.ts";

export function composeRules(project: Project): Finding[] {
  const findings: Finding[] = [];
  const tell: Tell = ({ path, ...one }) => findings.push({ ...one, location: project.place(path) });
  if (project.value["version"] !== undefined) {
    tell({
      rule: "version-obsolete",
      severity: "info",
      path: ["version"],
      message: "version is obsolete; Compose ignores it.",
      evidence: `version: ${scalar(project.value["version"]) ?? ""}`,
      fix: "Remove the line.",
    });
  }
  for (const service of project.services.values()) {
    SERVICE_RULES.forEach((rule) => rule(service, { project, tell }));
  }
  declared(project, tell);
  circles(project, tell);
  takenPorts(project, tell);
  return findings;
}

interface At {
  project: Project;
  tell: Tell;
}
type ServiceRule = (service: Service, at: At) => void;

const SERVICE_RULES: readonly ServiceRule[] = [
  imageRule,
  dependsRule,
  healthRule,
  conflictRule,
  portRule,
  mountRule,
  environmentRule,
  limitsRule,
];

const path = (service: Service, ...rest: (string | number)[]): Path => [
  "services",
  service.name,
  ...rest,
];

function imageRule(service: Service, { tell }: At): void {
  const { name, image, hasBuild, raw } = service;
  const isElse = raw["provider"] !== undefined || raw["extends"] !== undefined;
  if (image === undefined && !hasBuild && !isElse) {
    tell({
      rule: "service-without-image",
      severity: "error",
      path: path(service),
      object: name,
      message: `${name} has neither image nor build.`,
      fix: "Name an image, or a folder to build.",
    });
  }
  if (image === undefined || hasBuild || image.includes("$")) return;
  const { tag, digest } = imageName(image);
  if (digest !== undefined || (tag !== undefined && tag !== "latest")) return;
  tell({
    rule: "image-unpinned",
    severity: "warning",
    path: path(service, "image"),
    object: name,
    message: `${image} ${tag === undefined ? "has no tag" : "changes under you"}: each pull may bring another version.`,
    evidence: `image: ${image}`,
    fix: "Write the version you tested with.",
  });
}

function dependsRule(service: Service, { project, tell }: At): void {
  for (const { service: other, condition, required } of service.dependsOn) {
    const target = project.services.get(other);
    const where = path(
      service,
      "depends_on",
      ...(Array.isArray(service.raw["depends_on"]) ? [] : [other]),
    );
    if (target === undefined) {
      if (!required) continue;
      const near = nearest(other, project.services.keys());
      tell({
        rule: "unknown-service",
        severity: "error",
        path: where,
        object: service.name,
        message: `${service.name} depends on ${other}, which is no service here.`,
        evidence: other,
        fix:
          near === undefined ? "Define it, or remove it from depends_on." : `Did you mean ${near}?`,
      });
    } else if (condition === "service_healthy" && !hasHealthcheck(target)) {
      tell({
        rule: "health-never-known",
        severity: "warning",
        path: where,
        object: service.name,
        message: `${service.name} waits until ${other} is healthy, but ${other} has no health check here; unless its image has one, ${service.name} never starts.`,
        evidence: "condition: service_healthy",
        fix: `Add a healthcheck to ${other}.`,
      });
    } else if (
      condition === "service_completed_successfully" &&
      /^(always|unless-stopped)/.test(text(target.raw["restart"]) ?? "")
    ) {
      tell({
        rule: "never-completes",
        severity: "warning",
        path: where,
        object: service.name,
        message: `${service.name} waits until ${other} has ended, but ${other} is restarted each time it ends.`,
        evidence: `restart: ${text(target.raw["restart"]) ?? ""}`,
        fix: `Give ${other} restart: "no" or on-failure.`,
      });
    }
  }
}

export function hasHealthcheck({ raw }: Service): boolean {
  const check = dict(raw["healthcheck"]);
  return (
    check["disable"] !== true &&
    check["test"] !== undefined &&
    JSON.stringify(check["test"]) !== '["NONE"]'
  );
}

/** Services others wait for should say when they can be used. */
function healthRule(service: Service, { project, tell }: At): void {
  const waiting = [...project.services.values()].filter(({ dependsOn }) =>
    dependsOn.some((one) => one.service === service.name),
  );
  if (waiting.length > 0 && !hasHealthcheck(service)) {
    tell({
      rule: "healthcheck-missing",
      severity: "info",
      path: path(service),
      object: service.name,
      message: `${waiting
        .map(({ name }) => name)
        .slice(0, 5)
        .join(
          ", ",
        )} start${waiting.length === 1 ? "s" : ""} as soon as ${service.name} was started, not when it answers.`,
      evidence: "depends_on without a health check",
      fix: `Add a healthcheck to ${service.name}, and condition: service_healthy where it is depended on.`,
    });
  }
  const test = at(service.raw, "healthcheck", "test");
  if (
    Array.isArray(test) &&
    test.length > 0 &&
    !["CMD", "CMD-SHELL", "NONE"].includes(String(test[0]))
  ) {
    tell({
      rule: "healthcheck-form",
      severity: "error",
      path: path(service, "healthcheck", "test"),
      object: service.name,
      message: "A health check's list starts with CMD, CMD-SHELL or NONE.",
      evidence: JSON.stringify(test).slice(0, 120),
      fix: `Write ["CMD", …], or the command as one text.`,
    });
  }
}

const CONFLICTS: readonly (readonly [string, string, string])[] = [
  ["network_mode", "networks", "A service with network_mode joins no networks."],
  ["scale", "container_name", "A fixed container_name can be had once only."],
];

function conflictRule(service: Service, { tell }: At): void {
  const { raw, replicas, name } = service;
  for (const [one, other, message] of CONFLICTS) {
    const scaled = one !== "scale" || replicas > 1;
    const isThere = one === "scale" ? true : raw[one] !== undefined;
    if (!isThere || !scaled || raw[other] === undefined) continue;
    tell({
      rule: one === "scale" ? "container-name-scaled" : "network-mode-conflict",
      severity: "error",
      path: path(service, other),
      object: name,
      message,
      evidence: one === "scale" ? `${replicas} replicas` : `${one}: ${scalar(raw[one]) ?? ""}`,
      fix: `Remove ${other}${one === "scale" ? "" : ` or ${one}`}.`,
    });
  }
  if (scalar(raw["network_mode"]) === "host" && service.ports.length > 0) {
    tell({
      rule: "ports-with-host-network",
      severity: "warning",
      path: path(service, "ports"),
      object: name,
      message: "With the host's network, ports are not published: they are simply open.",
      evidence: "network_mode: host",
      fix: "Remove ports, or network_mode.",
    });
  }
  for (const link of list(raw["links"])) {
    tell({
      rule: "links-legacy",
      severity: "info",
      path: path(service, "links"),
      object: name,
      message: "links are legacy; services reach each other by name.",
      evidence: scalar(link) ?? "",
      fix: "Remove links.",
    });
    break;
  }
}

const STORES: Record<number, string> = {
  1433: "SQL Server",
  2375: "Docker without TLS",
  2379: "etcd",
  3306: "MySQL",
  5432: "PostgreSQL",
  5984: "CouchDB",
  6379: "Redis",
  8086: "InfluxDB",
  9042: "Cassandra",
  9200: "Elasticsearch",
  11211: "memcached",
  27017: "MongoDB",
};

function portRule(service: Service, { tell }: At): void {
  for (const port of service.ports) {
    const where = path(service, "ports", port.index);
    const ends = [...(port.published ?? []), ...(port.target ?? [])];
    if (ends.some((one) => one > 65_535) || port.target?.[0] === 0) {
      tell({
        rule: "port-out-of-range",
        severity: "error",
        path: where,
        object: service.name,
        message: `${port.written} is no port; they go from 1 to 65535.`,
        evidence: port.written,
        fix: "Correct the number.",
      });
      continue;
    }
    const store = STORES[port.target?.[0] ?? 0];
    const isOpen =
      port.hostIp === undefined ||
      port.hostIp === "" ||
      port.hostIp === "0.0.0.0" ||
      port.hostIp === "::";
    if (store === undefined || !isOpen || port.published === undefined) continue;
    tell({
      rule: "store-published",
      severity: "warning",
      path: where,
      object: service.name,
      message: `${store} is open to everyone who reaches this machine; Docker's ports pass by most firewalls.`,
      evidence: port.written,
      fix: `Publish it on 127.0.0.1 only ("127.0.0.1:${port.published[0]}:${port.target?.[0] ?? ""}"), or not at all: services reach it by name.`,
      reference: "CWE-668",
    });
  }
  const fixed = service.ports.find(
    ({ published }) => published !== undefined && published[0] === published[1],
  );
  if (fixed === undefined || service.replicas < 2) return;
  tell({
    rule: "port-scaled",
    severity: "error",
    path: path(service, "ports", fixed.index),
    object: service.name,
    message: `${service.replicas} replicas cannot all have port ${fixed.published?.[0] ?? ""} of the machine.`,
    evidence: fixed.written,
    fix: "Publish a range, or put a proxy before them.",
  });
}

function mountRule(service: Service, { tell }: At): void {
  const seen = new Set<string>();
  for (const { target, source } of service.mounts) {
    if (seen.has(target)) {
      tell({
        rule: "mount-twice",
        severity: "error",
        path: path(service, "volumes"),
        object: service.name,
        message: `Two volumes are mounted at ${target}.`,
        evidence: `${source ?? ""}:${target}`,
        fix: "Keep one of them.",
      });
    }
    seen.add(target);
    if (
      target !== "" &&
      !target.startsWith("/") &&
      !target.includes("$") &&
      !/^[A-Za-z]:/.test(target)
    ) {
      tell({
        rule: "mount-relative",
        severity: "error",
        path: path(service, "volumes"),
        object: service.name,
        message: `${target} is no absolute path.`,
        evidence: target,
        fix: `Write /${target.replace(/^[./]+/, "")}`,
      });
    }
  }
}

function environmentRule(service: Service, { tell }: At): void {
  for (const [name, value] of service.environment) {
    if (value === undefined || value === "" || value.includes("$")) continue;
    const kind =
      secretIn(value) ?? (secretName(name) ? "a value under a secret's name" : undefined);
    if (kind === undefined) continue;
    tell({
      rule: "secret-in-file",
      severity: "warning",
      path: path(
        service,
        "environment",
        ...(Array.isArray(service.raw["environment"]) ? [] : [name]),
      ),
      object: `${service.name}.${name}`,
      message: `${name} is written into the file, for everyone who reads it.`,
      evidence: `${name}=… (${kind})`,
      fix: `Use Compose secrets where the image can read ${name} from a file, or \${${name}:?} from an .env file outside version control.`,
      reference: "CWE-798",
    });
  }
}

function limitsRule(service: Service, { tell }: At): void {
  const { raw, name } = service;
  const limits = at(raw, "deploy", "resources", "limits", "memory") ?? raw["mem_limit"];
  if (limits === undefined) {
    tell({
      rule: "memory-unlimited",
      severity: "info",
      path: path(service),
      object: name,
      message: `${name} may take all memory of the machine.`,
      fix: "Set deploy.resources.limits.memory.",
    });
  } else if (
    !/^\d+(\.\d+)?\s*([bkmgt]b?|[kmgt]ib)?$/i.test(scalar(limits) ?? "") &&
    !(scalar(limits) ?? "").includes("$")
  ) {
    tell({
      rule: "memory-format",
      severity: "error",
      path: path(service),
      object: name,
      message: `${scalar(limits) ?? ""} is no amount of memory.`,
      evidence: scalar(limits) ?? "",
      fix: "Write a number with b, k, m or g: 512m.",
    });
  }
}

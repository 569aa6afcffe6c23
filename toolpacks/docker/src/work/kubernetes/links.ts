/** What objects say about each other: selectors, references, budgets. Only what is in the input can be known. */
import { at, dict, isDict, list, nearest, scalar, text } from "../values.ts";
import { containersOf, podOf, selects } from "./objects.ts";
import type { KubeObject, Pod } from "./objects.ts";
import { nameOf } from "./tell.ts";
import type { Tell } from "./tell.ts";

interface World {
  objects: readonly KubeObject[];
  pods: readonly Pod[];
  tell: Tell;
}

export function linkRules(objects: readonly KubeObject[], tell: Tell): void {
  const pods = objects.flatMap((one) => podOf(one) ?? []);
  const world: World = { objects, pods, tell };
  for (const owner of objects) LINKS[owner.kind]?.(owner, world);
  budgetRule(world);
  for (const pod of pods) referenceRule(pod, world);
}

type LinkRule = (owner: KubeObject, world: World) => void;

const LINKS: Record<string, LinkRule> = {
  Service: serviceRule,
  Ingress: ingressRule,
  HorizontalPodAutoscaler: scalerRule,
  PodDisruptionBudget: disruptionRule,
  NetworkPolicy: (owner, world) => {
    const selector = at(owner.value, "spec", "podSelector");
    if (!isDict(selector) || Object.keys(selector).length === 0) return;
    noneSelected(owner, { selector, path: ["spec", "podSelector"], world });
  },
  RoleBinding: bindingRule,
};

function podsOf({ pods }: World, owner: KubeObject, selector: unknown): Pod[] {
  return pods.filter(
    (pod) => pod.owner.namespace === owner.namespace && selects(selector, pod.labels),
  );
}

function noneSelected(
  owner: KubeObject,
  { selector, path, world }: { selector: unknown; path: string[]; world: World },
): void {
  const there = world.pods.filter((pod) => pod.owner.namespace === owner.namespace);
  if (there.length === 0 || podsOf(world, owner, selector).length > 0) return;
  world.tell({
    rule: "selects-nothing",
    severity: "warning",
    owner,
    path,
    message: `${nameOf(owner)} selects none of the pods described here.`,
    evidence: JSON.stringify(selector).slice(0, 160),
    fix: `The pods have ${there
      .slice(0, 3)
      .map(({ labels }) => JSON.stringify(Object.fromEntries(labels)))
      .join("; ")}`.slice(0, 300),
  });
}

function serviceRule(owner: KubeObject, world: World): void {
  const selector = at(owner.value, "spec", "selector");
  if (!isDict(selector)) return;
  noneSelected(owner, { selector: { matchLabels: selector }, path: ["spec", "selector"], world });
  const chosen = podsOf(world, owner, { matchLabels: selector });
  list(at(owner.value, "spec", "ports")).forEach((one, index) => {
    const target = dict(one)["targetPort"] ?? dict(one)["port"];
    if (chosen.length === 0) return;
    const ports = chosen.flatMap((pod) =>
      containersOf(pod).flatMap(({ value }) => list(value["ports"]).map(dict)),
    );
    const isThere = ports.some(
      (port) => port["name"] === target || port["containerPort"] === target,
    );
    // Listing ports is optional; a name must be found, a number only when ports are listed at all.
    if (isThere || (typeof target !== "string" && ports.length === 0)) return;
    world.tell({
      rule: "target-port-unknown",
      severity: typeof target === "string" ? "error" : "warning",
      owner,
      path: ["spec", "ports", index],
      message: `No container behind it has the port ${scalar(target) ?? ""}.`,
      evidence: `targetPort: ${scalar(target) ?? ""}`,
      fix: `Known are ${ports.map((port) => `${scalar(port["name"]) ?? ""}${port["name"] === undefined ? "" : "="}${scalar(port["containerPort"]) ?? ""}`).join(", ")}.`,
    });
  });
}

function ingressRule(owner: KubeObject, { objects, tell }: World): void {
  const services = objects.filter(
    ({ kind, namespace }) => kind === "Service" && namespace === owner.namespace,
  );
  if (services.length === 0) return;
  list(at(owner.value, "spec", "rules")).forEach((rule, ruleAt) =>
    list(at(rule, "http", "paths")).forEach((one, pathAt) => {
      const backend = dict(at(one, "backend", "service"));
      const name = scalar(backend["name"]) ?? "";
      const where = ["spec", "rules", ruleAt, "http", "paths", pathAt, "backend"];
      const service = services.find((other) => other.name === name);
      if (name === "") return;
      if (service === undefined) {
        const near = nearest(
          name,
          services.map((other) => other.name),
        );
        tell({
          rule: "backend-unknown",
          severity: "warning",
          owner,
          path: where,
          message: `The Service ${name} is not described here.`,
          evidence: name,
          fix: near === undefined ? "Add it, or check its name." : `Did you mean ${near}?`,
        });
        return;
      }
      const wanted = at(backend, "port", "name") ?? at(backend, "port", "number");
      const ports = list(at(service.value, "spec", "ports")).map(dict);
      if (ports.some((port) => port["name"] === wanted || port["port"] === wanted)) return;
      tell({
        rule: "backend-port-unknown",
        severity: "error",
        owner,
        path: where,
        message: `The Service ${name} has no port ${scalar(wanted) ?? ""}.`,
        evidence: scalar(wanted) ?? "",
        fix: `It has ${ports.map((port) => scalar(port["port"]) ?? "").join(", ")}.`,
      });
    }),
  );
}

function scalerRule(owner: KubeObject, { objects, tell }: World): void {
  const target = dict(at(owner.value, "spec", "scaleTargetRef"));
  const workload = objects.find(
    ({ kind, name, namespace }) =>
      kind === target["kind"] && name === target["name"] && namespace === owner.namespace,
  );
  const others = objects.filter(({ kind }) => kind === target["kind"]);
  const min = Number(at(owner.value, "spec", "minReplicas") ?? 1);
  const max = Number(at(owner.value, "spec", "maxReplicas"));
  if (min > max)
    tell({
      rule: "scaler-bounds",
      severity: "error",
      owner,
      path: ["spec"],
      message: "minReplicas is above maxReplicas.",
      evidence: `${min} > ${max}`,
      fix: "Correct one of them.",
    });
  if (workload === undefined) {
    if (others.length > 0)
      tell({
        rule: "scale-target-unknown",
        severity: "error",
        owner,
        path: ["spec", "scaleTargetRef"],
        message: `${scalar(target["kind"]) ?? ""} ${scalar(target["name"]) ?? ""} is not described here.`,
        evidence: JSON.stringify(target),
        fix: "Correct the name.",
      });
    return;
  }
  if (at(workload.value, "spec", "replicas") !== undefined) {
    tell({
      rule: "replicas-with-scaler",
      severity: "warning",
      owner: workload,
      path: ["spec", "replicas"],
      message: `Each apply sets replicas back, against ${nameOf(owner)}.`,
      evidence: `replicas: ${scalar(at(workload.value, "spec", "replicas")) ?? ""}`,
      fix: "Remove spec.replicas.",
    });
  }
  scaledByUse(owner, workload, tell);
}

/** Use is measured against requests: without them there is nothing to compute. */
function scaledByUse(owner: KubeObject, workload: KubeObject, tell: Tell): void {
  const metrics = list(at(owner.value, "spec", "metrics"));
  const pod = podOf(workload);
  for (const metric of metrics) {
    const resource = text(at(metric, "resource", "name"));
    if (
      resource === undefined ||
      pod === undefined ||
      at(metric, "resource", "target", "type") !== "Utilization"
    )
      continue;
    const without = containersOf(pod).filter(
      ({ value, isInit }) =>
        !isInit &&
        at(value, "resources", "requests", resource) === undefined &&
        at(value, "resources", "limits", resource) === undefined,
    );
    if (without.length > 0)
      tell({
        rule: "scaler-without-request",
        severity: "error",
        owner,
        path: ["spec", "metrics"],
        message: `Utilisation of ${resource} cannot be computed: ${without.map(({ name }) => name).join(", ")} requests none.`,
        evidence: resource,
        fix: `Set resources.requests.${resource}.`,
      });
  }
}

function disruptionRule(owner: KubeObject, world: World): void {
  const selector = at(owner.value, "spec", "selector");
  noneSelected(owner, { selector, path: ["spec", "selector"], world });
  const least = at(owner.value, "spec", "minAvailable");
  const most = at(owner.value, "spec", "maxUnavailable");
  if (least !== undefined && most !== undefined)
    world.tell({
      rule: "budget-both",
      severity: "error",
      owner,
      path: ["spec"],
      message: "Only one of minAvailable and maxUnavailable may be set.",
      evidence: `${scalar(least) ?? ""}, ${scalar(most) ?? ""}`,
      fix: "Remove one.",
    });
  for (const pod of podsOf(world, owner, selector)) {
    const replicas = Number(at(pod.owner.value, "spec", "replicas") ?? 1);
    const blocked =
      most === 0 ||
      most === "0%" ||
      least === "100%" ||
      (typeof least === "number" && least >= replicas);
    if (!blocked) continue;
    world.tell({
      rule: "budget-blocks-drain",
      severity: "warning",
      owner,
      path: ["spec"],
      message: `No pod of ${nameOf(pod.owner)} may ever be evicted: nodes cannot be drained.`,
      evidence: `replicas ${replicas}, ${least === undefined ? `maxUnavailable ${scalar(most) ?? ""}` : `minAvailable ${scalar(least) ?? ""}`}`,
      fix: "Allow at least one pod to be away: maxUnavailable: 1.",
    });
  }
}

/** Replicated workloads want a budget. */
function budgetRule({ objects, pods, tell }: World): void {
  const budgets = objects.filter(({ kind }) => kind === "PodDisruptionBudget");
  for (const { owner, labels } of pods) {
    const replicas = Number(at(owner.value, "spec", "replicas") ?? 1);
    if (!/^(Deployment|StatefulSet)$/.test(owner.kind) || replicas < 2) continue;
    if (
      budgets.some(
        (one) =>
          one.namespace === owner.namespace && selects(at(one.value, "spec", "selector"), labels),
      )
    )
      continue;
    tell({
      rule: "budget-missing",
      severity: "info",
      owner,
      path: ["spec"],
      message: "A drain may take all replicas at once.",
      evidence: `replicas: ${replicas}`,
      fix: "Add a PodDisruptionBudget with maxUnavailable: 1.",
    });
  }
}

/** ConfigMaps, Secrets, claims and service accounts, where at least one of that kind is described here. */
function referenceRule(pod: Pod, { objects, tell }: World): void {
  const { owner, spec, path } = pod;
  const check = (kind: string, name: unknown, where: (string | number)[]): void => {
    const known = objects.filter((one) => one.kind === kind && one.namespace === owner.namespace);
    if (typeof name !== "string" || known.length === 0 || known.some((one) => one.name === name))
      return;
    const near = nearest(
      name,
      known.map((one) => one.name),
    );
    tell({
      rule: "reference-unknown",
      severity: "warning",
      owner,
      path: where,
      message: `The ${kind} ${name} is not described here.`,
      evidence: name,
      fix:
        near === undefined
          ? "Add it, unless it is in the cluster already."
          : `Did you mean ${near}?`,
    });
  };
  check("ServiceAccount", spec["serviceAccountName"], [...path, "serviceAccountName"]);
  list(spec["volumes"]).forEach((volume, index) => {
    const where = [...path, "volumes", index];
    check("ConfigMap", at(volume, "configMap", "name"), where);
    check("Secret", at(volume, "secret", "secretName"), where);
    check("PersistentVolumeClaim", at(volume, "persistentVolumeClaim", "claimName"), where);
  });
  for (const { value, path: base } of containersOf(pod)) {
    list(value["envFrom"]).forEach((one, index) => {
      check("ConfigMap", at(one, "configMapRef", "name"), [...base, "envFrom", index]);
      check("Secret", at(one, "secretRef", "name"), [...base, "envFrom", index]);
    });
    list(value["env"]).forEach((one, index) => {
      check("ConfigMap", at(one, "valueFrom", "configMapKeyRef", "name"), [...base, "env", index]);
      check("Secret", at(one, "valueFrom", "secretKeyRef", "name"), [...base, "env", index]);
    });
  }
}

function bindingRule(owner: KubeObject, { objects, tell }: World): void {
  const role = dict(owner.value["roleRef"]);
  const roles = objects.filter(({ kind }) => kind === role["kind"]);
  if (roles.length === 0 || roles.some(({ name }) => name === role["name"])) return;
  tell({
    rule: "reference-unknown",
    severity: "warning",
    owner,
    path: ["roleRef"],
    message: `The ${scalar(role["kind"]) ?? "role"} ${scalar(role["name"]) ?? ""} is not described here.`,
    evidence: JSON.stringify(role),
    fix: "Add it, unless it is in the cluster already.",
  });
}

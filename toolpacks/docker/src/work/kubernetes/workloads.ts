/** Workloads that survive: probes, requests and limits, images, selectors, what a pod mounts and asks for. */
import { imageName } from "../dockerfile/image-name.ts";
import { secretIn, secretName } from "../secrets.ts";
import { at, dict, isDict, list, nearest, scalar, text } from "../values.ts";
import { containersOf, podOf, selects } from "./objects.ts";
import type { Container, KubeObject, Pod } from "./objects.ts";
import { probeRule } from "./probes.ts";
import { bytesOf, coresOf } from "./quantity.ts";
import type { Tell } from "./tell.ts";

export function workloadRules(objects: readonly KubeObject[], tell: Tell): void {
  for (const owner of objects) {
    const pod = podOf(owner);
    if (pod === undefined) continue;
    selectorRule(pod, tell);
    policyRule(pod, scaled(owner, objects), tell);
    const containers = containersOf(pod);
    if (list(pod.spec["containers"]).length === 0) {
      tell({
        rule: "no-containers",
        severity: "error",
        owner,
        path: pod.path,
        message: "The pod has no containers.",
        fix: "Add containers.",
      });
    }
    namesRule(pod, containers, tell);
    for (const container of containers) CONTAINER_RULES.forEach((rule) => rule(container, tell));
  }
}

type Rule = (container: Container, tell: Tell) => void;
const CONTAINER_RULES: readonly Rule[] = [
  imageRule,
  probeRule,
  resourceRule,
  mountRule,
  envRule,
  portRule,
];

function selectorRule({ owner, labels }: Pod, tell: Tell): void {
  const selector = at(owner.value, "spec", "selector");
  if (!isDict(selector) || !/^(Deployment|StatefulSet|DaemonSet|ReplicaSet)$/.test(owner.kind))
    return;
  if (selects(selector, labels)) return;
  tell({
    rule: "selector-mismatch",
    severity: "error",
    owner,
    path: ["spec", "selector"],
    message: `The selector does not select the ${owner.kind}'s own pods; the API server refuses it.`,
    evidence:
      `${JSON.stringify(selector)} against ${JSON.stringify(Object.fromEntries(labels))}`.slice(
        0,
        200,
      ),
    fix: "Give spec.template.metadata.labels all labels of the selector.",
  });
}

/** True when an autoscaler sets the replicas. */
function scaled(owner: KubeObject, objects: readonly KubeObject[]): boolean {
  return objects.some(
    ({ kind, namespace, value }) =>
      kind === "HorizontalPodAutoscaler" &&
      namespace === owner.namespace &&
      at(value, "spec", "scaleTargetRef", "name") === owner.name,
  );
}

function policyRule({ owner, spec, path }: Pod, isScaled: boolean, tell: Tell): void {
  const policy = text(spec["restartPolicy"]);
  const isJob = owner.kind === "Job" || owner.kind === "CronJob";
  if (isJob && (policy === undefined || policy === "Always")) {
    tell({
      rule: "job-restart-policy",
      severity: "error",
      owner,
      path,
      message: "A job's pods need restartPolicy OnFailure or Never.",
      evidence: `restartPolicy: ${policy ?? "(not set, so Always)"}`,
      fix: "Set restartPolicy: OnFailure.",
      set: { path: [...path, "restartPolicy"], value: "OnFailure" },
    });
  } else if (!isJob && owner.kind !== "Pod" && policy !== undefined && policy !== "Always") {
    tell({
      rule: "restart-policy",
      severity: "error",
      owner,
      path: [...path, "restartPolicy"],
      message: `The pods of a ${owner.kind} are always restarted.`,
      evidence: `restartPolicy: ${policy}`,
      fix: "Remove restartPolicy.",
    });
  }
  if (owner.kind === "Pod")
    tell({
      rule: "naked-pod",
      severity: "info",
      owner,
      path: ["kind"],
      message: "Nobody restarts this pod elsewhere when its node goes.",
      evidence: "kind: Pod",
      fix: "Use a Deployment or a Job.",
    });
  const replicas = at(owner.value, "spec", "replicas");
  if (owner.kind === "Deployment" && !isScaled && (replicas === 1 || replicas === undefined)) {
    tell({
      rule: "single-replica",
      severity: "info",
      owner,
      path: ["spec"],
      message: "With one replica every node drain is an outage.",
      evidence: `replicas: ${scalar(replicas) ?? "(not set, so 1)"}`,
      fix: "Set replicas to 2 or more, and add a PodDisruptionBudget.",
      reference: "Reliability",
    });
  }
}

function namesRule({ owner, spec, path }: Pod, containers: readonly Container[], tell: Tell): void {
  const seen = new Set<string>();
  for (const { name, path: where } of containers) {
    if (seen.has(name))
      tell({
        rule: "container-name-twice",
        severity: "error",
        owner,
        path: where,
        message: `Two containers are called ${name}.`,
        evidence: name,
        fix: "Rename one.",
      });
    if (name !== "" && !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name))
      tell({
        rule: "name-invalid",
        severity: "error",
        owner,
        path: [...where, "name"],
        message: `${name} is no valid container name.`,
        evidence: name,
        fix: "Use lower-case letters, digits and dashes.",
      });
    seen.add(name);
  }
  const used = new Set(
    containers.flatMap(({ value }) =>
      [...list(value["volumeMounts"]), ...list(value["volumeDevices"])].map(
        (one) => scalar(dict(one)["name"]) ?? "",
      ),
    ),
  );
  list(spec["volumes"]).forEach((volume, index) => {
    const name = scalar(dict(volume)["name"]) ?? "";
    if (!used.has(name))
      tell({
        rule: "volume-unused",
        severity: "info",
        owner,
        path: [...path, "volumes", index],
        message: `No container mounts the volume ${name}.`,
        evidence: name,
        fix: "Remove it.",
      });
  });
}

function imageRule({ pod: { owner }, value, path, name }: Container, tell: Tell): void {
  const image = text(value["image"]);
  if (image === undefined) {
    tell({
      rule: "image-missing",
      severity: "error",
      owner,
      path,
      message: `The container ${name} has no image.`,
      fix: "Add image.",
    });
    return;
  }
  const { tag, digest } = imageName(image);
  if (digest !== undefined || (tag !== undefined && tag !== "latest")) return;
  tell({
    rule: "image-unpinned",
    severity: "warning",
    owner,
    path: [...path, "image"],
    message: `${image} ${tag === undefined ? "has no tag" : "changes under you"}: replicas may run different versions, and a roll-back changes nothing.`,
    evidence: `image: ${image}`,
    fix: "Write a version, or better the digest.",
  });
}

function resourceRule({ pod: { owner }, value, path, name }: Container, tell: Tell): void {
  const requests = dict(at(value, "resources", "requests"));
  const limits = dict(at(value, "resources", "limits"));
  const where = [...path, ...(value["resources"] === undefined ? [] : ["resources"])];
  if (limits["memory"] === undefined)
    tell({
      rule: "memory-limit-missing",
      severity: "warning",
      owner,
      path: where,
      message: `${name} may take all memory of its node.`,
      evidence: "no resources.limits.memory",
      fix: "Set resources.limits.memory, as high as requests.memory.",
    });
  for (const what of ["cpu", "memory"]) {
    if (requests[what] !== undefined || limits[what] !== undefined) continue;
    tell({
      rule: `${what}-request-missing`,
      severity: "warning",
      owner,
      path: where,
      message: `The scheduler does not know how much ${what === "cpu" ? "CPU" : "memory"} ${name} needs.`,
      evidence: `no resources.requests.${what}`,
      fix: `Set resources.requests.${what}.`,
    });
  }
  for (const [what, read] of [
    ["cpu", coresOf],
    ["memory", bytesOf],
  ] as const) {
    const request = read(requests[what]);
    const limit = read(limits[what]);
    if (request !== undefined && limit !== undefined && request > limit) {
      tell({
        rule: "request-over-limit",
        severity: "error",
        owner,
        path: where,
        message: `${name} asks for more ${what} than it may use; the API server refuses it.`,
        evidence: `${scalar(requests[what]) ?? ""} > ${scalar(limits[what]) ?? ""}`,
        fix: "Raise the limit, or lower the request.",
      });
    }
    const written = scalar(limits[what]) ?? scalar(requests[what]) ?? "";
    if (what === "memory" && /^\d+(\.\d+)?m$/.test(written))
      tell({
        rule: "memory-in-millibytes",
        severity: "error",
        owner,
        path: where,
        message: `${written} of memory is a fraction of a byte; m means a thousandth.`,
        evidence: written,
        fix: `Write ${written.replace(/m$/, "Mi")}.`,
      });
  }
}

function mountRule({ pod, value, path, name }: Container, tell: Tell): void {
  const volumes = [
    ...list(pod.spec["volumes"]),
    ...list(at(pod.owner.value, "spec", "volumeClaimTemplates")).map((one) => ({
      name: at(one, "metadata", "name"),
    })),
  ].map((one) => scalar(dict(one)["name"]) ?? "");
  const targets = new Set<string>();
  list(value["volumeMounts"]).forEach((mount, index) => {
    const volume = scalar(dict(mount)["name"]) ?? "";
    const target = scalar(dict(mount)["mountPath"]) ?? "";
    if (!volumes.includes(volume)) {
      const near = nearest(volume, volumes);
      tell({
        rule: "volume-unknown",
        severity: "error",
        owner: pod.owner,
        path: [...path, "volumeMounts", index],
        message: `${name} mounts ${volume}, which is no volume of the pod.`,
        evidence: volume,
        fix: near === undefined ? "Add it to volumes." : `Did you mean ${near}?`,
      });
    }
    if (targets.has(target))
      tell({
        rule: "mount-twice",
        severity: "error",
        owner: pod.owner,
        path: [...path, "volumeMounts", index],
        message: `Two volumes are mounted at ${target}.`,
        evidence: target,
        fix: "Keep one of them.",
      });
    targets.add(target);
  });
}

function envRule({ pod: { owner }, value, path, name }: Container, tell: Tell): void {
  const seen = new Set<string>();
  list(value["env"]).forEach((one, index) => {
    const variable = scalar(dict(one)["name"]) ?? "";
    const plain = scalar(dict(one)["value"]);
    const where = [...path, "env", index];
    if (seen.has(variable))
      tell({
        rule: "env-twice",
        severity: "warning",
        owner,
        path: where,
        message: `${variable} is set twice; the later one wins.`,
        evidence: variable,
        fix: "Remove one.",
      });
    seen.add(variable);
    if (plain === undefined || plain === "") return;
    const kind =
      secretIn(plain) ??
      (secretName(variable) && !plain.includes("$(") ? "a value under a secret's name" : undefined);
    if (kind === undefined) return;
    tell({
      rule: "secret-in-manifest",
      severity: "warning",
      owner,
      path: where,
      message: `${variable} of ${name} is written into the manifest.`,
      evidence: `${variable}=… (${kind})`,
      fix: `Take it from a Secret: valueFrom: { secretKeyRef: { name: …, key: … } }`,
      reference: "CWE-798",
    });
  });
}

function portRule({ pod: { owner }, value, path }: Container, tell: Tell): void {
  list(value["ports"]).forEach((one, index) => {
    const port = dict(one);
    const number = Number(port["containerPort"]);
    const name = scalar(port["name"]);
    if (number < 1 || number > 65_535)
      tell({
        rule: "port-out-of-range",
        severity: "error",
        owner,
        path: [...path, "ports", index],
        message: `${number} is no port; they go from 1 to 65535.`,
        evidence: String(number),
        fix: "Correct the number.",
      });
    if (
      name !== undefined &&
      (name.length > 15 || !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name) || !/[a-z]/.test(name))
    ) {
      tell({
        rule: "port-name-invalid",
        severity: "error",
        owner,
        path: [...path, "ports", index, "name"],
        message: `${name} is no valid port name.`,
        evidence: name,
        fix: "At most 15 lower-case letters, digits and dashes, with at least one letter.",
      });
    }
  });
}

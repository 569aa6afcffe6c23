/** Each object by itself: its kind, its schema, its name, and what has gone from the API. */
import { at, dict, list, nearest, scalar } from "../values.ts";
import { checkObject } from "./check.ts";
import { labelsOf } from "./objects.ts";
import type { KubeObject } from "./objects.ts";
import { REMOVED } from "./removed.ts";
import type { Schemas } from "./schemas.ts";
import { nameOf } from "./tell.ts";
import type { Tell } from "./tell.ts";

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const DNS_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const LABEL_VALUE = /^(([A-Za-z0-9][\w.-]{0,61})?[A-Za-z0-9])?$/;
const LABEL_KEY =
  /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;
/** Names that become host names. */
const AS_LABEL = new Set(["Service", "Namespace", "StatefulSet"]);
const CLUSTER_WIDE =
  /^(Namespace|Node|PersistentVolume|Cluster\w+|StorageClass|PriorityClass|IngressClass|RuntimeClass|CustomResourceDefinition|APIService|.*WebhookConfiguration|.*AdmissionPolicy(Binding)?|CSIDriver|CSINode|VolumeAttachment|FlowSchema|PriorityLevelConfiguration)$/;

/** What could be validated, and how many objects are of kinds nobody here knows. */
export function objectRules(
  objects: readonly KubeObject[],
  schemas: Schemas,
  tell: Tell,
): { unknownKinds: string[] } {
  const unknownKinds = new Set<string>();
  const seen = new Map<string, KubeObject>();
  for (const owner of objects) {
    if (!kindRule(owner, { schemas, unknownKinds, tell })) continue;
    nameRule(owner, tell);
    const key = `${owner.apiVersion.split("/")[0] ?? ""} ${CLUSTER_WIDE.test(owner.kind) ? "" : owner.namespace} ${owner.kind} ${owner.name}`;
    if (seen.has(key) && owner.name !== "") {
      tell({
        rule: "object-twice",
        severity: "error",
        owner,
        path: ["metadata", "name"],
        message: `${nameOf(owner)} is described twice; the later one wins.`,
        evidence: owner.name,
        fix: "Rename or remove one.",
      });
    }
    seen.set(key, owner);
  }
  return { unknownKinds: [...unknownKinds] };
}

interface KindAt {
  schemas: Schemas;
  unknownKinds: Set<string>;
  tell: Tell;
}

function kindRule(owner: KubeObject, { schemas, unknownKinds, tell }: KindAt): boolean {
  const { apiVersion, kind } = owner;
  if (apiVersion === "" || kind === "") {
    tell({
      rule: "no-object",
      severity: "error",
      owner,
      message: `The document has no ${apiVersion === "" ? "apiVersion" : "kind"}.`,
      fix: "Every object names apiVersion and kind.",
    });
    return false;
  }
  const definition = schemas.kinds.get(`${apiVersion} ${kind}`);
  if (definition !== undefined) {
    for (const { path, ...problem } of checkObject(owner.value, definition, schemas)) {
      tell({
        rule: "schema",
        severity: "error",
        owner,
        path,
        ...problem,
        reference: `Kubernetes ${schemas.version} API`,
      });
    }
    return true;
  }
  servedElsewhere(owner, { schemas, unknownKinds, tell });
  return true;
}

/** The kind is not served as it is written: gone, in another version, misspelt, or of someone else. */
function servedElsewhere(owner: KubeObject, { schemas, unknownKinds, tell }: KindAt): void {
  const { apiVersion, kind } = owner;
  const key = `${apiVersion} ${kind}`;
  const gone = Object.hasOwn(REMOVED, key) ? REMOVED[key] : undefined;
  if (gone !== undefined) return removed(owner, gone, tell);
  const known = [...schemas.kinds.keys()].map((one) => one.split(" "));
  const served = known.filter(([, other]) => other === kind).map(([version = ""]) => version);
  const isOurs = known.some(([version = ""]) => groupOf(version) === groupOf(apiVersion));
  if (served.length > 0 && isOurs) {
    tell({
      rule: "api-unknown",
      severity: "error",
      owner,
      path: ["apiVersion"],
      message: `Kubernetes ${schemas.version} serves ${kind} as ${served.join(", ")}, not as ${apiVersion}.`,
      evidence: `apiVersion: ${apiVersion}`,
      fix: `Write apiVersion: ${served[0] ?? ""}`,
    });
  } else if (isOurs) {
    const near = nearest(kind, new Set(known.map(([, other = ""]) => other)));
    tell({
      rule: "kind-unknown",
      severity: "error",
      owner,
      path: ["kind"],
      message: `Kubernetes ${schemas.version} has no kind ${kind} in ${apiVersion}.`,
      evidence: kind,
      fix:
        near === undefined
          ? "Check kind and apiVersion, and the version of the cluster."
          : `Did you mean ${near}?`,
    });
  } else unknownKinds.add(key);
}

/** The core group has no name. */
function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

function removed(owner: KubeObject, [since, instead]: readonly [string, string], tell: Tell): void {
  const { apiVersion, kind } = owner;
  tell({
    rule: "api-removed",
    severity: "error",
    owner,
    path: ["apiVersion"],
    message: `${apiVersion} ${kind} is gone since Kubernetes ${since}.`,
    evidence: `apiVersion: ${apiVersion}`,
    fix:
      instead === ""
        ? "There is no successor; remove it."
        : `Write apiVersion: ${instead}, and look for renamed fields.`,
    reference: "Kubernetes deprecation guide",
    ...(instead !== "" && { set: { path: ["apiVersion"], value: instead, replaces: true } }),
  });
}

function nameRule(owner: KubeObject, tell: Tell): void {
  const metadata = dict(owner.value["metadata"]);
  if (owner.name === "") {
    if (owner.kind !== "Kustomization")
      tell({
        rule: "name-missing",
        severity: "error",
        owner,
        path: ["metadata"],
        message: `The ${owner.kind} has no name.`,
        fix: "Add metadata.name.",
      });
    return;
  }
  const shape = AS_LABEL.has(owner.kind) ? DNS_LABEL : DNS_NAME;
  if (
    !shape.test(owner.name) &&
    metadata["generateName"] === undefined &&
    !/^(Cluster)?Role(Binding)?$/.test(owner.kind)
  ) {
    tell({
      rule: "name-invalid",
      severity: "error",
      owner,
      path: ["metadata", "name"],
      message: `${owner.name} is no valid name.`,
      evidence: owner.name,
      fix: "Use lower-case letters, digits and dashes; start and end with a letter or digit.",
    });
  }
  for (const base of [
    ["metadata", "labels"],
    ["spec", "template", "metadata", "labels"],
    ["spec", "selector", "matchLabels"],
  ]) {
    for (const [key, value] of labelsOf(at(owner.value, ...base))) {
      if (LABEL_KEY.test(key) && LABEL_VALUE.test(value)) continue;
      const isKey = !LABEL_KEY.test(key);
      tell({
        rule: "label-invalid",
        severity: "error",
        owner,
        path: [...base, key],
        message: `${isKey ? key : value} is no valid label ${isKey ? "key" : "value"}.`,
        evidence: `${key}: ${value}`,
        fix: "At most 63 letters, digits, dashes, dots and underscores; start and end with a letter or digit.",
      });
    }
  }
  portNames(owner, tell);
}

function portNames(owner: KubeObject, tell: Tell): void {
  if (owner.kind !== "Service") return;
  const ports = list(at(owner.value, "spec", "ports"));
  const seen = new Set<string>();
  ports.forEach((port, index) => {
    const name = scalar(dict(port)["name"]) ?? "";
    if (ports.length > 1 && name === "") {
      tell({
        rule: "port-without-name",
        severity: "error",
        owner,
        path: ["spec", "ports", index],
        message: "A Service with several ports names each of them.",
        evidence: JSON.stringify(port),
        fix: "Add name.",
      });
    }
    const key = `${scalar(dict(port)["port"]) ?? ""}/${scalar(dict(port)["protocol"]) ?? "TCP"}`;
    if (seen.has(key))
      tell({
        rule: "port-twice",
        severity: "error",
        owner,
        path: ["spec", "ports", index],
        message: `Port ${key} is listed twice.`,
        evidence: key,
        fix: "Remove one.",
      });
    seen.add(key);
  });
}

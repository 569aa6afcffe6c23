/** Manifests as objects: lists taken apart, pods found wherever they are described. */
import type { Finding, Location } from "flotilla/worker/review";
import { at, dict, isDict, list, scalar, text } from "../values.ts";
import type { Dict } from "../values.ts";
import { readYaml } from "../yaml-text.ts";
import type { Path, YamlDocument } from "../yaml-text.ts";

export interface KubeObject {
  apiVersion: string;
  kind: string;
  name: string;
  /** `default` where none is written. */
  namespace: string;
  value: Dict;
  place(...path: (string | number)[]): Location;
}

export interface Pod {
  owner: KubeObject;
  /** Where the pod's spec stands in its owner. */
  path: Path;
  spec: Dict;
  labels: Map<string, string>;
}

export interface Container {
  pod: Pod;
  name: string;
  value: Dict;
  path: Path;
  /** Runs to its end before the others start. A sidecar (restartPolicy: Always) is none. */
  isInit: boolean;
}

const MAX_OBJECTS = 2_000;

export function readObjects(sources: Readonly<Record<string, string>>): {
  objects: KubeObject[];
  problems: Finding[];
} {
  const problems: Finding[] = [];
  const objects: KubeObject[] = [];
  for (const [file, source] of Object.entries(sources)) {
    const read = readYaml(file, source);
    problems.push(...read.problems);
    for (const document of read.documents) addObjects(document, { objects, problems });
  }
  return { objects: objects.slice(0, MAX_OBJECTS), problems };
}

interface Into {
  objects: KubeObject[];
  problems: Finding[];
}

function addObjects(document: YamlDocument, into: Into): void {
  const { value } = document;
  if (value === undefined || value === null) return;
  if (!isDict(value)) {
    into.problems.push({
      rule: "no-object",
      severity: "error",
      message: "This document is no Kubernetes object.",
      location: document.place([]),
      fix: "Write a mapping with apiVersion, kind and metadata.",
    });
    return;
  }
  if (
    text(value["kind"]) === "List" ||
    (text(value["kind"])?.endsWith("List") === true && Array.isArray(value["items"]))
  ) {
    list(value["items"]).forEach((item, index) => {
      if (isDict(item)) into.objects.push(objectOf(document, item, ["items", index]));
    });
    return;
  }
  into.objects.push(objectOf(document, value, []));
}

function objectOf(document: YamlDocument, value: Dict, base: Path): KubeObject {
  const metadata = dict(value["metadata"]);
  return {
    apiVersion: scalar(value["apiVersion"]) ?? "",
    kind: scalar(value["kind"]) ?? "",
    name: scalar(metadata["name"]) ?? scalar(metadata["generateName"]) ?? "",
    namespace: scalar(metadata["namespace"]) ?? "default",
    value,
    place: (...path) => document.place([...base, ...path]),
  };
}

const POD_PATHS: Record<string, Path> = {
  Pod: [],
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  ReplicationController: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
  PodTemplate: ["template"],
};

export function podOf(owner: KubeObject): Pod | undefined {
  const base = Object.hasOwn(POD_PATHS, owner.kind) ? POD_PATHS[owner.kind] : undefined;
  if (base === undefined) return undefined;
  const template = at(owner.value, ...base);
  const spec = at(template, "spec");
  if (!isDict(spec)) return undefined;
  return {
    owner,
    path: [...base, "spec"],
    spec,
    labels: labelsOf(at(template, "metadata", "labels")),
  };
}

export function containersOf(pod: Pod): Container[] {
  return (["initContainers", "containers"] as const).flatMap((key) =>
    list(pod.spec[key]).flatMap((one, index): Container[] => {
      if (!isDict(one)) return [];
      const isInit = key === "initContainers" && one["restartPolicy"] !== "Always";
      return [
        {
          pod,
          name: scalar(one["name"]) ?? "",
          value: one,
          path: [...pod.path, key, index],
          isInit,
        },
      ];
    }),
  );
}

export function labelsOf(value: unknown): Map<string, string> {
  return new Map(
    Object.entries(dict(value)).flatMap(([key, one]) => {
      const word = scalar(one);
      return word === undefined ? [] : [[key, word] as const];
    }),
  );
}

/** A selector with matchLabels and matchExpressions; an empty one selects everything. */
export function selects(selector: unknown, labels: ReadonlyMap<string, string>): boolean {
  const same = [...labelsOf(dict(selector)["matchLabels"])].every(
    ([key, value]) => labels.get(key) === value,
  );
  return same && list(dict(selector)["matchExpressions"]).every((one) => fits(dict(one), labels));
}

function fits(one: Dict, labels: ReadonlyMap<string, string>): boolean {
  const value = labels.get(scalar(one["key"]) ?? "");
  const values = list(one["values"]).map(scalar);
  switch (one["operator"]) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return true;
  }
}

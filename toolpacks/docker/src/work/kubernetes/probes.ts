/** Probes: whether they are there, and whether they ask something. */
import { at, dict, isDict, list } from "../values.ts";
import type { Container } from "./objects.ts";
import type { Tell } from "./tell.ts";

const SERVING = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod"]);
const PROBES = ["livenessProbe", "readinessProbe", "startupProbe"];
const ACTIONS = ["exec", "httpGet", "tcpSocket", "grpc"];

export function probeRule(container: Container, tell: Tell): void {
  const { pod, value, path, isInit, name } = container;
  const { owner } = pod;
  if (isInit || !SERVING.has(owner.kind)) return;
  const hasPorts = list(value["ports"]).length > 0;
  if (value["readinessProbe"] === undefined && hasPorts) {
    tell({
      rule: "readiness-missing",
      severity: "warning",
      owner,
      path,
      message: `${name} gets traffic before it is ready, and during every roll-out.`,
      evidence: "ports without readinessProbe",
      fix: "Add a readinessProbe that asks what a request needs.",
    });
  }
  if (value["livenessProbe"] === undefined) {
    tell({
      rule: "liveness-missing",
      severity: "info",
      owner,
      path,
      message: `${name} is not restarted when it hangs.`,
      fix: "Add a livenessProbe that asks only the process itself.",
    });
  } else if (JSON.stringify(value["livenessProbe"]) === JSON.stringify(value["readinessProbe"])) {
    tell({
      rule: "probes-equal",
      severity: "info",
      owner,
      path: [...path, "livenessProbe"],
      message: `${name} is restarted as soon as it is not ready: under load that makes things worse.`,
      evidence: "livenessProbe equals readinessProbe",
      fix: "Let liveness be slower, or ask less.",
    });
  }
  for (const key of PROBES) probeTarget(key, container, tell);
}

function probeTarget(key: string, { pod, value, path, name }: Container, tell: Tell): void {
  const { owner } = pod;
  const ports = list(value["ports"]).map(dict);
  const port = at(value, key, "httpGet", "port") ?? at(value, key, "tcpSocket", "port");
  if (typeof port === "string" && !ports.some((one) => one["name"] === port)) {
    tell({
      rule: "probe-port-unknown",
      severity: "error",
      owner,
      path: [...path, key],
      message: `${key} asks port ${port}, which ${name} does not name.`,
      evidence: port,
      fix: `Add { name: ${port}, containerPort: … } to ports, or write the number.`,
    });
  }
  const probe = value[key];
  if (!isDict(probe) || ACTIONS.some((one) => probe[one] !== undefined)) return;
  tell({
    rule: "probe-empty",
    severity: "error",
    owner,
    path: [...path, key],
    message: `${key} does not say what to ask.`,
    evidence: JSON.stringify(probe).slice(0, 100),
    fix: `Add one of ${ACTIONS.join(", ")}.`,
  });
}

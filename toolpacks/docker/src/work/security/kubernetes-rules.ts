/** Manifests: the Pod Security Standards, tokens, roles, namespaces, network policies. */
import type { Finding } from "flotilla/worker/review";
import { podOf, selects } from "../kubernetes/objects.ts";
import type { KubeObject } from "../kubernetes/objects.ts";
import { podSecurity } from "../kubernetes/pod-security.ts";
import { teller } from "../kubernetes/tell.ts";
import type { Tell } from "../kubernetes/tell.ts";
import { workloadRules } from "../kubernetes/workloads.ts";
import { at, dict, list, scalar } from "../values.ts";

export function kubernetesSecurity(objects: readonly KubeObject[]): Finding[] {
  const workload: Finding[] = [];
  workloadRules(objects, teller(workload));
  const findings = workload.filter(({ rule }) => rule === "secret-in-manifest");
  const tell = teller(findings);
  podSecurity(objects, "restricted", tell);
  const policies = objects.filter(({ kind }) => kind === "NetworkPolicy");
  for (const owner of objects) {
    roleRules(owner, tell);
    const pod = podOf(owner);
    if (pod === undefined) continue;
    if (
      pod.spec["automountServiceAccountToken"] !== false &&
      !accountSaysNo(owner, pod.spec["serviceAccountName"], objects)
    ) {
      tell({
        rule: "token-mounted",
        severity: "info",
        owner,
        path: pod.path,
        message: "Every pod gets a token for the cluster's API.",
        evidence: "automountServiceAccountToken is not false",
        fix: "Set automountServiceAccountToken: false, unless the program asks the API.",
        set: { path: [...pod.path, "automountServiceAccountToken"], value: false },
        reference: "CIS Kubernetes 5.1.6",
      });
    }
    if (owner.namespace === "default") {
      tell({
        rule: "default-namespace",
        severity: "info",
        owner,
        path: ["metadata"],
        message: "It runs in the namespace default, where no policy of its own can be set.",
        fix: "Set metadata.namespace.",
        reference: "CIS Kubernetes 5.7.4",
      });
    }
    if (
      !policies.some(
        (one) =>
          one.namespace === owner.namespace &&
          selects(at(one.value, "spec", "podSelector"), pod.labels),
      )
    ) {
      tell({
        rule: "policy-missing",
        severity: "info",
        owner,
        path: ["spec"],
        message: "No NetworkPolicy selects these pods: everyone in the cluster may connect.",
        fix: "Add a NetworkPolicy.",
        reference: "CIS Kubernetes 5.3.2",
      });
    }
  }
  return findings;
}

function accountSaysNo(
  owner: KubeObject,
  account: unknown,
  objects: readonly KubeObject[],
): boolean {
  const name = scalar(account) ?? "default";
  return objects.some(
    (one) =>
      one.kind === "ServiceAccount" &&
      one.name === name &&
      one.namespace === owner.namespace &&
      one.value["automountServiceAccountToken"] === false,
  );
}

function roleRules(owner: KubeObject, tell: Tell): void {
  if (
    /^(Cluster)?RoleBinding$/.test(owner.kind) &&
    at(owner.value, "roleRef", "name") === "cluster-admin"
  ) {
    tell({
      rule: "cluster-admin",
      severity: "error",
      owner,
      path: ["roleRef"],
      message: `${list(owner.value["subjects"])
        .map((one) => scalar(dict(one)["name"]) ?? "")
        .join(", ")} may do everything in the cluster.`,
      evidence: "roleRef: cluster-admin",
      fix: "Bind a role that names what is needed.",
      reference: "CIS Kubernetes 5.1.1",
    });
  }
  if (!/^(Cluster)?Role$/.test(owner.kind)) return;
  list(owner.value["rules"]).forEach((rule, index) => {
    const star = ["verbs", "resources", "apiGroups"].filter((key) =>
      list(dict(rule)[key]).includes("*"),
    );
    if (star.length === 0) return;
    tell({
      rule: "role-wildcard",
      severity: "warning",
      owner,
      path: ["rules", index],
      message: `The role allows every one of ${star.join(" and ")}, also those to come.`,
      evidence: JSON.stringify(rule).slice(0, 120),
      fix: "Name them.",
      reference: "CIS Kubernetes 5.1.3",
    });
  });
}

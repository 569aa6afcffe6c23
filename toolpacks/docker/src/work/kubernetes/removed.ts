/** Kinds that were served once: since which version they are gone, and what follows them. From the deprecation guide. */
const gone = (since: string, instead: string, ...kinds: string[]): [string, [string, string]][] =>
  kinds.map((kind) => [kind, [since, instead]]);

export const REMOVED: Record<string, readonly [string, string]> = Object.fromEntries([
  ...gone(
    "1.16",
    "apps/v1",
    "extensions/v1beta1 Deployment",
    "extensions/v1beta1 DaemonSet",
    "extensions/v1beta1 ReplicaSet",
    "apps/v1beta1 Deployment",
    "apps/v1beta2 Deployment",
    "apps/v1beta1 StatefulSet",
    "apps/v1beta2 StatefulSet",
    "apps/v1beta2 DaemonSet",
    "apps/v1beta2 ReplicaSet",
  ),
  ...gone("1.16", "networking.k8s.io/v1", "extensions/v1beta1 NetworkPolicy"),
  ...gone(
    "1.22",
    "networking.k8s.io/v1",
    "extensions/v1beta1 Ingress",
    "networking.k8s.io/v1beta1 Ingress",
    "networking.k8s.io/v1beta1 IngressClass",
  ),
  ...gone(
    "1.22",
    "rbac.authorization.k8s.io/v1",
    ...["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"].map(
      (kind) => `rbac.authorization.k8s.io/v1beta1 ${kind}`,
    ),
  ),
  ...gone(
    "1.22",
    "apiextensions.k8s.io/v1",
    "apiextensions.k8s.io/v1beta1 CustomResourceDefinition",
  ),
  ...gone("1.22", "apiregistration.k8s.io/v1", "apiregistration.k8s.io/v1beta1 APIService"),
  ...gone(
    "1.22",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration",
    "admissionregistration.k8s.io/v1beta1 ValidatingWebhookConfiguration",
  ),
  ...gone(
    "1.22",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1 CertificateSigningRequest",
  ),
  ...gone("1.22", "coordination.k8s.io/v1", "coordination.k8s.io/v1beta1 Lease"),
  ...gone("1.22", "scheduling.k8s.io/v1", "scheduling.k8s.io/v1beta1 PriorityClass"),
  ...gone(
    "1.22",
    "storage.k8s.io/v1",
    ...["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"].map(
      (kind) => `storage.k8s.io/v1beta1 ${kind}`,
    ),
  ),
  ...gone("1.25", "batch/v1", "batch/v1beta1 CronJob"),
  ...gone("1.25", "discovery.k8s.io/v1", "discovery.k8s.io/v1beta1 EndpointSlice"),
  ...gone("1.25", "events.k8s.io/v1", "events.k8s.io/v1beta1 Event"),
  ...gone("1.25", "policy/v1", "policy/v1beta1 PodDisruptionBudget"),
  ...gone("1.25", "", "policy/v1beta1 PodSecurityPolicy", "extensions/v1beta1 PodSecurityPolicy"),
  ...gone("1.25", "node.k8s.io/v1", "node.k8s.io/v1beta1 RuntimeClass"),
  ...gone("1.25", "autoscaling/v2", "autoscaling/v2beta1 HorizontalPodAutoscaler"),
  ...gone("1.26", "autoscaling/v2", "autoscaling/v2beta2 HorizontalPodAutoscaler"),
  ...gone("1.27", "storage.k8s.io/v1", "storage.k8s.io/v1beta1 CSIStorageCapacity"),
]);

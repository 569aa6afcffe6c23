/** The controls this pack can judge from files: CIS Docker Benchmark 1.6 and CIS Kubernetes Benchmark, by their numbers. */
export interface Control {
  id: string;
  title: string;
  /** In which kind of file it can be seen. */
  seenIn: "dockerfile" | "compose" | "kubernetes";
  /** Rules whose findings break it. */
  rules: readonly string[];
}

const control = (
  seenIn: Control["seenIn"],
  prefix: string,
  rows: readonly (readonly [string, string, ...string[]])[],
): Control[] =>
  rows.map(([id, title, ...rules]) => ({ id: `${prefix} ${id}`, title, seenIn, rules }));

export const CONTROLS: readonly Control[] = [
  ...control("dockerfile", "CIS Docker", [
    ["4.1", "A user for the container", "last-user-root", "user-missing"],
    [
      "4.2",
      "Trusted, pinned base images",
      "image-without-tag",
      "image-latest",
      "untrusted-registry",
    ],
    ["4.6", "HEALTHCHECK", "healthcheck-missing"],
    ["4.7", "No package update alone", "update-alone"],
    ["4.8", "No setuid programs made", "setuid-made", "world-writable"],
    ["4.9", "COPY instead of ADD", "add-for-copy"],
    [
      "4.10",
      "No secrets in the image",
      "secret-in-image",
      "secret-build-argument",
      "secret-file-copied",
    ],
    [
      "4.11",
      "Only verified packages",
      "fetched-script",
      "add-without-checksum",
      "unverified-packages",
    ],
  ]),
  ...control("compose", "CIS Docker", [
    ["5.4", "Few kernel capabilities", "capabilities-added", "capabilities-kept"],
    ["5.5", "No privileged containers", "privileged"],
    ["5.6", "No sensitive host folders", "host-path"],
    ["5.10", "The host's network not shared", "host-network"],
    ["5.11", "Memory limited", "memory-unlimited"],
    ["5.13", "Root file system read-only", "root-filesystem-writable"],
    ["5.14", "Ports bound to an interface", "port-everywhere", "store-published"],
    ["5.16", "The host's processes not shared", "host-pid"],
    ["5.17", "The host's IPC not shared", "host-ipc"],
    ["5.18", "No host devices", "devices"],
    ["5.22", "Seccomp and AppArmor on", "confinement-off"],
    ["5.26", "No new privileges", "privilege-escalation"],
    ["5.28", "Pinned images", "image-unpinned"],
    ["5.29", "Processes limited", "pids-unlimited"],
    ["5.32", "No Docker socket inside", "runtime-socket"],
    ["4.10", "No secrets in files", "secret-in-file"],
  ]),
  ...control("kubernetes", "CIS Kubernetes", [
    ["5.1.1", "cluster-admin only where needed", "cluster-admin"],
    ["5.1.3", "No wildcards in roles", "role-wildcard"],
    ["5.1.6", "Service account tokens only where needed", "token-mounted"],
    ["5.2.2", "No privileged containers", "privileged"],
    ["5.2.3", "The host's processes not shared", "host-pid"],
    ["5.2.4", "The host's IPC not shared", "host-ipc"],
    ["5.2.5", "The host's network not shared", "host-network"],
    ["5.2.6", "No privilege escalation", "privilege-escalation"],
    ["5.2.7", "No root containers", "may-run-as-root", "runs-as-root"],
    ["5.2.9", "No added capabilities", "capabilities-added"],
    ["5.2.10", "Capabilities dropped", "capabilities-kept"],
    ["5.2.12", "No hostPath volumes", "host-path", "runtime-socket"],
    ["5.2.13", "No host ports", "host-port"],
    ["5.3.2", "Network policies", "policy-missing"],
    ["5.4.1", "No secrets in manifests", "secret-in-manifest"],
    ["5.7.2", "Seccomp profile", "seccomp-missing"],
    ["5.7.4", "The default namespace not used", "default-namespace"],
  ]),
];

/** What of a Compose service cannot come along, and why. */
import type { Service } from "../compose/project.ts";
import { at, scalar, text } from "../values.ts";
import type { Conversion } from "./from-compose.ts";

/** Compose fields that nothing in a pod stands for, with the reason. */
const DROPPED: Record<string, string> = {
  build: "Kubernetes builds no images: build and push it, then name the image.",
  container_name: "Pods have names of their own.",
  depends_on: "There is no start order: let the program wait and retry, or use an init container.",
  devices: "Devices need a device plugin.",
  dns: "Set dnsConfig by hand if the cluster's DNS does not do.",
  env_file:
    "Its content is not here; make a ConfigMap of it: kubectl create configmap --from-env-file.",
  extends: "The other file is not here; convert the output of docker compose config.",
  external_links: "Services reach each other by name.",
  ipc: "Sharing the host's IPC is not safe.",
  links: "Services reach each other by name.",
  logging: "The node collects what is written to stdout.",
  mac_address: "Pods get their addresses from the cluster.",
  network_mode: "Pods have a network of their own.",
  networks: "All pods of a cluster reach each other; narrow it with a NetworkPolicy.",
  pid: "Sharing the host's processes is not safe.",
  privileged:
    "Privileged containers are left out on purpose; set it by hand if nothing else works.",
  profiles: "Everything that is applied runs.",
  restart: "Deployments always restart their pods.",
  runtime: "Use a RuntimeClass.",
  shm_size: "Mount an emptyDir with medium Memory at /dev/shm.",
  sysctls: "Allowed sysctls go to the pod's securityContext.",
  ulimits: "Limits of processes are the node's.",
  userns_mode: "Set hostUsers by hand.",
  volumes_from: "Mount the same claim in both.",
};

const CARRIED = new Set(
  "image command entrypoint environment ports expose volumes tmpfs configs secrets healthcheck user cap_add cap_drop read_only working_dir hostname extra_hosts stop_grace_period cpus mem_limit mem_reservation deploy scale restart init tty stdin_open attach platform pull_policy security_opt".split(
    " ",
  ),
);

export function dropTheRest(service: Service, conversion: Conversion): void {
  const { raw } = service;
  for (const [field, why] of Object.entries(DROPPED)) {
    const isUsual = field === "restart" && /^(always|unless-stopped)$/.test(text(raw[field]) ?? "");
    if (raw[field] !== undefined && !isUsual) conversion.drop(service, field, why);
  }
  for (const field of Object.keys(raw)) {
    const isKnown = CARRIED.has(field) || Object.hasOwn(DROPPED, field) || field.startsWith("x-");
    if (!isKnown) conversion.drop(service, field, "Nothing in a pod stands for it.");
  }
  if (raw["user"] !== undefined && !/^\d+(:\d+)?$/.test(scalar(raw["user"]) ?? "")) {
    conversion.drop(service, "user", "Kubernetes knows users by number only: set runAsUser.");
  }
  for (const field of [
    "update_config",
    "rollback_config",
    "placement",
    "restart_policy",
    "endpoint_mode",
    "labels",
  ]) {
    if (at(raw, "deploy", field) !== undefined)
      conversion.drop(
        service,
        `deploy.${field}`,
        "It speaks of Swarm; set strategy, affinity or labels by hand.",
      );
  }
}

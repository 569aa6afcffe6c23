/** What only the whole project shows: names, circles, ports taken twice. */
import { dict, list, nearest, text } from "../values.ts";
import type { Project } from "./project.ts";
import type { Tell } from "./tell.ts";

/** Names that services use must be declared; what is declared should be used. */
export function declared({ value, services }: Project, tell: Tell): void {
  const used = {
    networks: new Set<string>(),
    volumes: new Set<string>(),
    secrets: new Set<string>(),
    configs: new Set<string>(),
  };
  for (const service of services.values()) {
    const names = {
      networks: service.networks.filter((one) => one !== "default"),
      volumes: service.mounts.flatMap(({ type, source }) =>
        type === "volume" && source !== undefined && !source.includes("$") ? [source] : [],
      ),
      secrets: grants(service.raw["secrets"]),
      configs: grants(service.raw["configs"]),
    };
    for (const kind of ["networks", "volumes", "secrets", "configs"] as const) {
      const known = Object.keys(dict(value[kind]));
      for (const name of names[kind]) {
        used[kind].add(name);
        if (known.includes(name)) continue;
        const near = nearest(name, known);
        tell({
          rule: `undeclared-${kind.slice(0, -1)}`,
          severity: "error",
          path: ["services", service.name, kind],
          object: service.name,
          message: `${service.name} uses the ${kind.slice(0, -1)} ${name}, which is not declared under ${kind}.`,
          evidence: name,
          fix: near === undefined ? `Add ${kind}: { ${name}: {} }` : `Did you mean ${near}?`,
        });
      }
    }
  }
  for (const kind of ["networks", "volumes", "secrets", "configs"] as const) {
    for (const name of Object.keys(dict(value[kind]))) {
      if (used[kind].has(name) || name === "default") continue;
      tell({
        rule: `unused-${kind.slice(0, -1)}`,
        severity: "info",
        path: [kind, name],
        object: name,
        message: `No service uses the ${kind.slice(0, -1)} ${name}.`,
        evidence: name,
        fix: "Remove it.",
      });
    }
  }
}

function grants(value: unknown): string[] {
  return list(value).flatMap((one) =>
    typeof one === "string" ? [one] : (text(dict(one)["source"]) ?? []),
  );
}

export function circles({ services }: Project, tell: Tell): void {
  const state = new Map<string, "open" | "done">();
  const walk = (name: string, trail: string[]): void => {
    if (state.get(name) === "open") {
      const circle = [...trail.slice(trail.indexOf(name)), name];
      tell({
        rule: "depends-on-circle",
        severity: "error",
        path: ["services", trail.at(-1) ?? name, "depends_on"],
        object: name,
        message: `The services wait for each other: ${circle.join(" → ")}.`,
        evidence: circle.join(" → "),
        fix: "Remove one of these depends_on.",
      });
      return;
    }
    if (state.has(name)) return;
    state.set(name, "open");
    for (const { service } of services.get(name)?.dependsOn ?? [])
      if (services.has(service)) walk(service, [...trail, name]);
    state.set(name, "done");
  };
  for (const name of services.keys()) walk(name, []);
}

export function takenPorts({ services }: Project, tell: Tell): void {
  const taken: { first: number; last: number; protocol: string; ip: string; service: string }[] =
    [];
  for (const service of services.values()) {
    for (const { published, protocol, hostIp, index, written } of service.ports) {
      if (published === undefined) continue;
      const [first, last] = published;
      const ip = hostIp === undefined || hostIp === "0.0.0.0" || hostIp === "" ? "*" : hostIp;
      const other = taken.find(
        (one) =>
          one.protocol === protocol &&
          one.first <= last &&
          first <= one.last &&
          (one.ip === ip || one.ip === "*" || ip === "*"),
      );
      // Services of different profiles may never run together.
      const apart =
        list(service.raw["profiles"]).length > 0 &&
        list(services.get(other?.service ?? "")?.raw["profiles"]).length > 0;
      if (other !== undefined && !apart) {
        tell({
          rule: "port-taken",
          severity: "error",
          path: ["services", service.name, "ports", index],
          object: service.name,
          message: `Port ${first} of the machine is already taken by ${other.service}.`,
          evidence: written,
          fix: "Publish it on another port.",
        });
      }
      taken.push({ first, last, protocol, ip, service: service.name });
    }
  }
}

/** Every verb, and where its file is. A file is loaded when its verb is used: `flotilla ps` never reads the rest. */
import type { Command } from "commander";
import type { Host } from "./host.ts";

export interface Verb {
  name: string;
  summary: string;
  /** Where it stands in `flotilla --help`. */
  group: string;
  load: () => Promise<{ register: (program: Command, host: Host) => void }>;
}

const RUN = "Run the fleet:";
const USE = "Use it:";
const SHAPE = "Shape it:";
const MORE = "More:";

export const VERBS: readonly Verb[] = [
  {
    name: "up",
    summary: "start the fleet and serve it at one endpoint",
    group: RUN,
    load: () => import("./commands/up.ts"),
  },
  {
    name: "ps",
    summary: "workers and drones, and how they are",
    group: RUN,
    load: () => import("./commands/ps.ts"),
  },
  {
    name: "logs",
    summary: "what workers and the fleet say",
    group: RUN,
    load: () => import("./commands/logs.ts"),
  },
  {
    name: "wake",
    summary: "start a worker before it is called",
    group: RUN,
    load: () => import("./commands/wake.ts"),
  },
  {
    name: "retire",
    summary: "let a worker's drones finish and stop",
    group: RUN,
    load: () => import("./commands/retire.ts"),
  },
  {
    name: "dev",
    summary: "run a worker you write, anew after every change",
    group: RUN,
    load: () => import("./commands/dev.ts"),
  },
  {
    name: "tools",
    summary: "list the tools of all workers",
    group: USE,
    load: () => import("./commands/tools.ts"),
  },
  {
    name: "call",
    summary: "call a tool",
    group: USE,
    load: () => import("./commands/call.ts"),
  },
  {
    name: "task",
    summary: "make many calls as one durable task",
    group: USE,
    load: () => import("./commands/task.ts"),
  },
  {
    name: "connect",
    summary: "tell an MCP client about this fleet",
    group: USE,
    load: () => import("./commands/connect.ts"),
  },
  {
    name: "new",
    summary: "write a new worker",
    group: SHAPE,
    load: () => import("./commands/new.ts"),
  },
  {
    name: "init",
    summary: "write a first flotilla.yaml",
    group: SHAPE,
    load: () => import("./commands/init.ts"),
  },
  {
    name: "add",
    summary: "add a worker to flotilla.yaml",
    group: SHAPE,
    load: () => import("./commands/add.ts"),
  },
  {
    name: "import",
    summary: "take over the servers of MCP clients on this machine",
    group: SHAPE,
    load: () => import("./commands/import.ts"),
  },
  {
    name: "validate",
    summary: "check flotilla.yaml",
    group: SHAPE,
    load: () => import("./commands/validate.ts"),
  },
  {
    name: "bridge",
    summary: "serve a running fleet on stdin and stdout",
    group: MORE,
    load: () => import("./commands/bridge.ts"),
  },
  {
    name: "completion",
    summary: "completion for bash, zsh or fish",
    group: MORE,
    load: () => import("./commands/completion.ts"),
  },
  {
    name: "version",
    summary: "print the version",
    group: MORE,
    load: () => import("./commands/version.ts"),
  },
];

/** What sessions cost that nobody uses: opened, told that they are initialized, and left alone. */
import { familyOf, rssMb } from "./machine.ts";
import { type Bench, flotilla, openSession, startBackend } from "./systems.ts";

export interface IdleSessions {
  sessions: number;
  beforeMb: number;
  afterMb: number;
}

const SESSIONS = 10_000;
const AT_ONCE = 32;

export async function idleSessions(folder: string): Promise<IdleSessions> {
  const backend = await startBackend();
  const bench: Bench = { folder, backendPort: backend.port, tool: "echo", workers: 1 };
  const { target, end } = await flotilla(bench, { drones: "frames" });
  try {
    const beforeMb = rssMb(familyOf(target.pid));
    const ids = new Set<string>();
    const open = async (): Promise<void> => {
      for (let made = 0; made < Math.ceil(SESSIONS / AT_ONCE); made++)
        ids.add(await openSession(target));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, open));
    return { sessions: ids.size, beforeMb, afterMb: rssMb(familyOf(target.pid)) };
  } finally {
    await end();
    await backend.program.end();
  }
}

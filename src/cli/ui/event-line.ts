/** One event, one line: when, who, what. */
import type { FleetEvent, LogEvent } from "../../protocol/index.ts";
import type { Ui } from "../host.ts";
import type { Paint } from "./paint.ts";
import { harmless, oneLine, padEnd } from "./text.ts";
import { clockTime } from "./units.ts";

export function eventLine(event: FleetEvent, { paint }: Pick<Ui, "paint">): string {
  const when = paint.dim(clockTime(event.atMs));
  return `${when}  ${bodyOf(event, paint)}`;
}

function bodyOf(event: FleetEvent, paint: Paint): string {
  switch (event.topic) {
    case "logs":
      return logBody(event.log, paint);
    case "calls": {
      const { worker, target, method, durationMs, outcome, error, wakeMs } = event.call;
      const mark = outcome === "ok" ? paint.good("✓") : paint.bad("✗");
      const woke = wakeMs === undefined ? "" : paint.dim(` woke in ${Math.round(wakeMs)} ms`);
      const why = error === undefined ? "" : ` ${oneLine(error)}`;
      const what = oneLine(target === "" ? method : target);
      return `${who(worker, paint)}  ${mark} ${what} ${Math.round(durationMs)} ms${woke}${why}`;
    }
    case "drones": {
      const { worker, id, phase, reason } = event.drone;
      const state = event.gone === true ? "gone" : phase;
      return `${who(worker, paint)}  ${state} ${paint.dim(`${id} ${oneLine(reason)}`)}`;
    }
    case "health": {
      const { worker, state, lastError } = event.health;
      const why = lastError === undefined ? "" : `: ${oneLine(lastError)}`;
      return `${who(worker, paint)}  is ${STATES[state] ?? state}${why}`;
    }
    default:
      // A newer fleet may tell more than this version knows.
      return "";
  }
}

const STATES: Record<string, string> = {
  backing_off: "backing off",
  crash_loop: "in a crash loop",
};

/** Most names fit, so most lines line up. */
const NAME_COLUMNS = 12;

function who(name: string, paint: Paint): string {
  return padEnd(paint.name(oneLine(name)), NAME_COLUMNS);
}

function logBody({ level, source, message, fields }: LogEvent, paint: Paint): string {
  const paints: Record<string, (text: string) => string> = { error: paint.bad, warn: paint.busy };
  const tell = paints[level] ?? ((text: string) => text);
  const extra = fields === undefined ? "" : ` ${paint.dim(fieldText(fields))}`;
  return `${who(source, paint)}  ${tell(harmless(message).replaceAll("\n", `\n${" ".repeat(NAME_COLUMNS + 12)}`))}${extra}`;
}

function fieldText(fields: Record<string, unknown>): string {
  const pairs = Object.entries(fields).map(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return `${name}=${text}`;
  });
  return oneLine(pairs.join(" "));
}

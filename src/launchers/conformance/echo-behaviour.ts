/** What the drone of the conformance suite does, whatever carries its messages. */
import { isRecord } from "../../protocol/jsonrpc.ts";
import type { MessageLink } from "../../protocol/link.ts";

/** Sent before anybody asks: a launcher has to keep it until somebody listens. */
export const GREETING = JSON.stringify({ jsonrpc: "2.0", method: "notifications/greeting" });
/** With this code the drone leaves when told to `crash`. */
export const CRASH_CODE = 3;

export function echoRequest(id: number, params: Record<string, unknown>): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method: "echo", params });
}

export const CRASH_REQUEST = JSON.stringify({ jsonrpc: "2.0", method: "crash" });

/** Greets, answers `echo` with its params, and fails when told to `crash`. */
export function echoBehaviour(link: MessageLink, crash: () => void): void {
  void link.send(GREETING);
  link.onMessage((text) => {
    const message: unknown = JSON.parse(text);
    if (!isRecord(message)) return;
    if (message["method"] === "crash") crash();
    if (message["method"] !== "echo") return;
    void link.send(
      JSON.stringify({ jsonrpc: "2.0", id: message["id"], result: message["params"] }),
    );
  });
}

/** The conformance suite's drone as a program: over stdin and stdout, or over the port of a thread. */
import { createInterface } from "node:readline";
import { isMainThread, parentPort } from "node:worker_threads";
import type { LinkClosed, MessageLink } from "../../protocol/link.ts";
import { CRASH_CODE, echoBehaviour } from "./echo-behaviour.ts";

const crash = (): never => process.exit(CRASH_CODE);

if (isMainThread) {
  const lines = createInterface({ input: process.stdin });
  echoBehaviour(
    link(
      (text) => void process.stdout.write(`${text}\n`),
      (listener) => void lines.on("line", listener),
    ),
    crash,
  );
} else {
  const port = parentPort;
  echoBehaviour(
    link(
      (text) => port?.postMessage(text),
      // `null` stands for the end of input.
      (listener) =>
        void port?.on("message", (text) => (text === null ? port.close() : listener(text))),
    ),
    crash,
  );
}

function link(
  send: (text: string) => void,
  listen: (listener: (text: string) => void) => void,
): MessageLink {
  return {
    async send(text) {
      send(text);
    },
    onMessage: listen,
    closed: new Promise<LinkClosed>(() => {}),
    close() {},
  };
}

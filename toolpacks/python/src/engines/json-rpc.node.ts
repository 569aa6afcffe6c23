/** JSON-RPC over a child's message channel, as language servers speak it with `--node-ipc`. */
import type { ChildProcess } from "node:child_process";

export interface Peer {
  /** Rejects with the server's error, or when the process ends first. */
  request(method: string, params: unknown): Promise<unknown>;
  notify(method: string, params: unknown): void;
}

interface Message {
  id?: number | string;
  method?: string;
  params?: { items?: unknown[] };
  result?: unknown;
  error?: { message: string };
}

export function createPeer(child: ChildProcess): Peer {
  const waiting = new Map<number | string, PromiseWithResolvers<unknown>>();
  let ended: Error | undefined;
  let id = 0;
  const send = (message: object): void => {
    // A process that just ended answers by its exit.
    if (child.connected) child.send({ jsonrpc: "2.0", ...message });
  };
  const endAll = (): void => {
    ended = new Error(
      "The type checker ended early: the input may need more memory than it is given.",
    );
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  child.on("exit", endAll);
  child.on("error", endAll);
  child.on("message", (message: Message) => {
    const { method, result, error } = message;
    if (message.id === undefined) return;
    if (method !== undefined) {
      // It asks for settings: there are none beside the file.
      const items = message.params?.items;
      send({ id: message.id, result: items === undefined ? null : items.map(() => ({})) });
      return;
    }
    const one = waiting.get(message.id);
    waiting.delete(message.id);
    if (error === undefined) one?.resolve(result);
    else one?.reject(new Error(error.message));
  });
  return {
    request(method, params) {
      if (ended !== undefined) return Promise.reject(ended);
      id += 1;
      const answer = Promise.withResolvers<unknown>();
      waiting.set(id, answer);
      send({ id, method, params });
      return answer.promise;
    },
    notify: (method, params) => send({ method, params }),
  };
}

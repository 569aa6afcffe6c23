/**
 * Links between machines: TLS 1.3 with a shared key (RFC 8446, section 2.2) instead of certificates, so that both ends
 * prove who they are, nothing can be read on the way, and there is nothing to issue or renew. Whoever listens finds the
 * key by the name that the other side gives itself.
 */
import { createServer as createTlsServer, connect as connectTls, type TLSSocket } from "node:tls";
import type { Server } from "node:net";
import { FlotillaError, messageOf, type MessageLink } from "../../../protocol/index.ts";
import { createSocketLink } from "../../../store/drivers/remote-socket.node.ts";

/** Who one end is, and what proves it. */
export interface LinkKey {
  identity: string;
  key: Buffer;
}

export interface SecureDoor {
  readonly port: number;
  close(): Promise<void>;
}

export interface SecureDoorOptions {
  host: string;
  port: number;
  /** The key that this identity must prove to have; undefined: nobody is called so. */
  keyOf: (identity: string) => Buffer | undefined;
  onLink: (link: MessageLink, identity: string) => void;
}

/** Both of TLS 1.3, with SHA-256 as shared keys of this form need. */
const CIPHERS = "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";
const PROTOCOL = { minVersion: "TLSv1.3", maxVersion: "TLSv1.3", ciphers: CIPHERS } as const;
const HANDSHAKE_MS = 5_000;
/** A silent connection is one to nobody: a cable that was pulled says nothing at all. */
const PULSE_MS = 1_000;
const SILENCE_MS = 3_500;
/** No message is empty. */
const PULSE = "";

export async function openSecureDoor(options: SecureDoorOptions): Promise<SecureDoor> {
  const identities = new WeakMap<TLSSocket, string>();
  const open = new Set<TLSSocket>();
  const server = createTlsServer(
    {
      ...PROTOCOL,
      handshakeTimeout: HANDSHAKE_MS,
      pskCallback(socket, identity) {
        identities.set(socket, identity);
        return options.keyOf(identity) ?? null;
      },
    },
    (socket) => {
      const identity = identities.get(socket);
      if (identity === undefined) {
        socket.destroy();
        return;
      }
      open.add(socket);
      socket.once("close", () => open.delete(socket));
      options.onLink(linkOf(socket), identity);
    },
  );
  // Strangers knock; what they sent is nobody's business.
  server.on("tlsClientError", (_error, socket) => void socket.destroy());
  const port = await listen(server, options);
  return {
    port,
    close() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      return closed;
    },
  };
}

/** `address` is `host:port`. Rejects with `fleet_unreachable`, also when the other side does not know the key. */
export function connectSecure(address: string, { identity, key }: LinkKey): Promise<MessageLink> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      ...hostAndPort(address),
      ...PROTOCOL,
      pskCallback: () => ({ psk: key, identity }),
      // Whoever shows a certificate did not prove to have the key.
      checkServerIdentity: (_host, certificate) =>
        Object.keys(certificate).length === 0 ? undefined : new Error("it shows a certificate"),
    });
    const refused = (cause: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      const reason = /decrypt|binder|psk|certificate/i.test(messageOf(cause))
        ? "it does not have the same fleet key"
        : messageOf(cause);
      const options = { retryable: true, cause };
      reject(
        new FlotillaError(
          "fleet_unreachable",
          `No node answers at ${address}: ${reason}.`,
          options,
        ),
      );
    };
    const timer = setTimeout(() => refused(new Error("it is silent")), HANDSHAKE_MS);
    socket.once("error", refused);
    socket.once("secureConnect", () => {
      clearTimeout(timer);
      socket.off("error", refused);
      resolve(linkOf(socket));
    });
  });
}

export function hostAndPort(address: string): { host: string; port: number } {
  const url = URL.parse(`tls://${address}`);
  if (url === null || url.port === "" || url.hostname === "") {
    throw new FlotillaError("config_invalid", `"${address}" is no address of a node.`, {
      hint: "Write host:port, for example 10.0.0.5:7421.",
    });
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port) };
}

/** The socket's messages, with a pulse between them that nobody else sees. */
function linkOf(socket: TLSSocket): MessageLink {
  socket.setNoDelay(true);
  const link = createSocketLink(socket);
  let heardMs = Number.POSITIVE_INFINITY;
  const timer = setInterval(() => {
    if (performance.now() - heardMs > SILENCE_MS) socket.destroy(new Error("it is silent"));
    else link.send(PULSE).catch(() => {});
  }, PULSE_MS);
  timer.unref();
  void link.closed.then(() => clearInterval(timer));
  return {
    send: (text) => link.send(text),
    onMessage(listener) {
      heardMs = performance.now();
      socket.on("data", () => (heardMs = performance.now()));
      link.onMessage((text) => {
        if (text !== PULSE) listener(text);
      });
    },
    closed: link.closed,
    close: () => link.close(),
  };
}

function listen(server: Server, { host, port }: SecureDoorOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const code = cause.code === "EADDRINUSE" ? "port_in_use" : "config_invalid";
      const message = `Cannot listen for nodes on ${host}:${port}: ${cause.message}.`;
      const hint = "Choose another address with --node-listen (port 0 picks a free one).";
      reject(new FlotillaError(code, message, { hint, cause }));
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

/** What a session's id cannot say because it changes, in the store: bounded, and gone with the session. */
import { isRecord } from "../../../protocol/jsonrpc.ts";
import { isLogLevel, type LogLevel } from "../../../protocol/meta.ts";
import type { RecordStore } from "../../../store/contract.ts";
import type { Unread } from "./streams.ts";

export interface SessionNotes {
  logLevel?: LogLevel;
  uris: string[];
  /** What the client declared, when it is too much for an id. */
  declared?: unknown;
}

export interface NotesDesk {
  /** Undefined once the session has ended. */
  read(key: string): Promise<SessionNotes | undefined>;
  write(key: string, notes: SessionNotes, expiresAtMs: number): Promise<void>;
  /** From now on `read` says undefined, until the id would have expired anyway. */
  end(key: string, expiresAtMs: number): Promise<void>;
  keepUnread(place: StreamPlace, unread: Unread, expiresAtMs: number): Promise<void>;
  unread(place: StreamPlace): Promise<Unread["events"] | undefined>;
}

export interface StreamPlace {
  key: string;
  origin: string;
  stream: number;
}

const unreadKey = ({ key, origin, stream }: StreamPlace): string =>
  `session-unread/${key}/${origin}/${stream}`;

export function createNotesDesk(records: Pick<RecordStore, "get" | "put" | "delete">): NotesDesk {
  return {
    async read(key) {
      const record = await records.get(`session/${key}`);
      if (record === undefined) return { uris: [] };
      return notesOf(record.value);
    },
    async write(key, notes, expiresAtMs) {
      await records.put(`session/${key}`, notes, { expiresAtMs });
    },
    async end(key, expiresAtMs) {
      await records.put(`session/${key}`, { ended: true }, { expiresAtMs });
    },
    async keepUnread(place, unread, expiresAtMs) {
      await records.put(unreadKey(place), unread.events, { expiresAtMs });
    },
    async unread(place) {
      const record = await records.get(unreadKey(place));
      // Written by `keepUnread` alone.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return record?.value as Unread["events"] | undefined;
    },
  };
}

function notesOf(value: unknown): SessionNotes | undefined {
  if (!isRecord(value) || value["ended"] === true) return undefined;
  const { logLevel, uris, declared } = value;
  return {
    uris: Array.isArray(uris) ? uris.filter((uri) => typeof uri === "string") : [],
    ...(isLogLevel(logLevel) ? { logLevel } : {}),
    ...(declared === undefined ? {} : { declared }),
  };
}

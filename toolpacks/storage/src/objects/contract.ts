/** Named bytes somewhere: a bucket, a container, a folder. */
export interface ObjectInfo {
  key: string;
  size: number;
  /** ISO 8601. */
  modified?: string;
}

export interface Listing {
  /** In the order of their keys. */
  objects: ObjectInfo[];
  /** Given back to go on; absent at the end. */
  next?: string;
}

export interface Found {
  bytes: Uint8Array<ArrayBuffer>;
  contentType: string;
  /** There was more than `maxBytes`. */
  isCut: boolean;
}

export interface ObjectStore {
  /** For people: `s3://bucket/prefix`. Never holds a secret. */
  readonly name: string;
  list(
    query: { prefix: string; limit: number; cursor?: string },
    signal: AbortSignal,
  ): Promise<Listing>;
  /** undefined: there is no such object. */
  get(key: string, options: { maxBytes: number; signal: AbortSignal }): Promise<Found | undefined>;
  /** Replaces what was there. Repeatable. */
  put(
    key: string,
    content: { bytes: Uint8Array<ArrayBuffer>; contentType: string },
    signal: AbortSignal,
  ): Promise<void>;
  /** What is not there is gone already. */
  delete(key: string, signal: AbortSignal): Promise<void>;
  /** A URL that lets its holder read or write this one object until it expires. */
  sign(key: string, options: { method: "GET" | "PUT"; expiresS: number }): Promise<string>;
}

/** What a store is made with; tests hand in their own. */
export interface StoreParts {
  env: Readonly<Record<string, string | undefined>>;
  fetch: typeof fetch;
  now: () => number;
}

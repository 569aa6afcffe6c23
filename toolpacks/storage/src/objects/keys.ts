/** Names of objects, and how they are written into paths. */
import { InputProblem } from "flotilla/worker/review";

/** What all stores take (S3 and GCS: 1,024 bytes; Azure: 1,024 characters). */
const MAX_KEY_BYTES = 1024;

/** The key inside the store's own prefix. Nothing climbs out of it. */
export function checkedKey(key: string): string {
  const parts = key.split("/");
  const wrong =
    key === ""
      ? "is empty"
      : new TextEncoder().encode(key).byteLength > MAX_KEY_BYTES
        ? "is longer than 1,024 bytes"
        : key.startsWith("/")
          ? "starts with /"
          : parts.some((part) => part === "." || part === "..")
            ? "has . or .. as a part"
            : // oxlint-disable-next-line no-control-regex -- these are what no key may hold
              /[\u0000-\u001f\u007f\\]/.test(key)
              ? "has a control character or a backslash"
              : undefined;
  if (wrong === undefined) return key;
  throw new InputProblem(`The key ${wrong}.`, {
    evidence: key.slice(0, 100),
    hint: "Use a key such as reports/2026.md.",
  });
}

/** `a b/c` → `a%20b/c`, as strictly as signatures count it (RFC 3986). */
export function encodedKey(key: string): string {
  return key.split("/").map(strictlyEncoded).join("/");
}

export function strictlyEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

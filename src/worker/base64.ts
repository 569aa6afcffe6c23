/** Base64 wherever the worker runs: `Uint8Array.prototype.toBase64` where the engine has it, `btoa` elsewhere. */

/** Below the argument limit of every engine, and a multiple of three so that pieces join without padding. */
const CHUNK = 0x6000;

export function toBase64(bytes: Uint8Array): string {
  if ("toBase64" in bytes && typeof bytes.toBase64 === "function") return String(bytes.toBase64());
  let out = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    out += btoa(String.fromCharCode(...bytes.subarray(at, at + CHUNK)));
  }
  return out;
}

/** Biome's compressed text edits. Offsets are bytes of UTF-8. */
import type { TextEdit } from "@biomejs/wasm-nodejs";

/** The text after the edit; undefined when it does not fit this text. */
export function applyTextEdit(before: string, { dictionary, ops }: TextEdit): string | undefined {
  const old = new TextEncoder().encode(before);
  const words = new TextEncoder().encode(dictionary);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const op of ops) {
    if ("equalLines" in op) {
      const end = afterLines(old, at, op.equalLines.line_count + 1);
      parts.push(old.subarray(at, end));
      at = end;
      continue;
    }
    const { diffOp } = op;
    if ("insert" in diffOp) {
      parts.push(words.subarray(...diffOp.insert.range));
      continue;
    }
    const [start, end] = "equal" in diffOp ? diffOp.equal.range : diffOp.delete.range;
    const kept = old.subarray(at, at + end - start);
    if (!isSame(kept, words.subarray(start, end))) return undefined;
    if ("equal" in diffOp) parts.push(kept);
    at += end - start;
  }
  return at === old.length ? decode(parts) : undefined;
}

function afterLines(bytes: Uint8Array, from: number, count: number): number {
  let at = from;
  for (let line = 0; line < count && at < bytes.length; line += 1) {
    const end = bytes.indexOf(10, at);
    at = end === -1 ? bytes.length : end + 1;
  }
  return at;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function decode(parts: readonly Uint8Array[]): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
}

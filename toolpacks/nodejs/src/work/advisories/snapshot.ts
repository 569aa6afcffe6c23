/** OSV records from a file: one record, a list, one a line, or the zip archive that osv.dev publishes. */
import { Unzip, UnzipInflate } from "fflate";
import { InputProblem } from "flotilla/worker/review";
import { isFields, own } from "../json.ts";
import type { Fields } from "../json.ts";

/** npm's whole archive holds some 220,000 records. */
const MAX_RECORDS = 500_000;
const MAX_RECORD_BYTES = 8_388_608;
const MAX_TOTAL_BYTES = 2_147_483_648;
const CHUNK = 1_048_576;

/** Calls `take` with each record. Throws `InputProblem` for what is none, or for more than the limits. */
export function eachRecord(bytes: Uint8Array, file: string, take: (record: Fields) => void): void {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return eachZipped(bytes, file, take);
  const text = new TextDecoder().decode(bytes);
  const lines = text.trimStart().startsWith("[") ? [text] : oneALine(text);
  for (const line of lines) for (const record of recordsIn(line, file)) take(record);
}

/** JSON lines when every line stands for itself; else one text. */
function oneALine(text: string): string[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.length > 1 &&
    lines.every((line) => line.startsWith("{") && line.trimEnd().endsWith("}"))
    ? lines
    : [text];
}

function recordsIn(text: string, file: string): Fields[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InputProblem(`${file} is not JSON.`, {
      hint: "Pass OSV records, as JSON or as the zip of osv.dev.",
    });
  }
  if (isFields(value)) {
    const inside = own(value, "vulns");
    return Array.isArray(inside) ? inside.filter(isFields) : [value];
  }
  return Array.isArray(value) ? value.slice(0, MAX_RECORDS).filter(isFields) : [];
}

function eachZipped(bytes: Uint8Array, file: string, take: (record: Fields) => void): void {
  let records = 0;
  let total = 0;
  const decoder = new TextDecoder();
  const unzip = new Unzip((entry) => {
    if (!entry.name.endsWith(".json")) return;
    records += 1;
    if (records > MAX_RECORDS)
      throw new InputProblem(`${file} has more than ${MAX_RECORDS} records.`);
    const parts: Uint8Array[] = [];
    let size = 0;
    entry.ondata = (error, chunk, final) => {
      if (error !== null) throw new InputProblem(`${file} is damaged: ${error.message}`);
      size += chunk.length;
      total += chunk.length;
      if (size > MAX_RECORD_BYTES || total > MAX_TOTAL_BYTES)
        throw new InputProblem(`${file} unpacks to more than is allowed.`);
      parts.push(chunk.slice());
      if (!final) return;
      const text = parts
        .map((part, index) => decoder.decode(part, { stream: index < parts.length - 1 }))
        .join("");
      for (const record of recordsIn(text, `${file}, ${entry.name}`)) take(record);
    };
    entry.start();
  });
  unzip.register(UnzipInflate);
  for (let at = 0; at < bytes.length; at += CHUNK)
    unzip.push(bytes.subarray(at, at + CHUNK), at + CHUNK >= bytes.length);
}

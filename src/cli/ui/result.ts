/** A tool's answer on the screen, and its pictures on the disk. */
import { mkdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { isRecord, type CallToolResult, type ContentBlock } from "../../protocol/index.ts";
import { EXIT } from "../exit.ts";
import type { Host } from "../host.ts";
import { harmless, oneLine } from "./text.ts";
import { size } from "./units.ts";

interface Printing {
  host: Host;
  json: boolean;
  out?: string;
}

type Result = CallToolResult & Record<string, unknown>;

export async function printResult(result: Result, printing: Printing): Promise<number> {
  const { host, json, out } = printing;
  const code =
    result.isError === true || result["resultType"] === "input_required" ? EXIT.failed : EXIT.ok;
  const saved = out === undefined ? [] : await saveAll(result.content, out, host);
  if (json) host.ui.json(result);
  else show(result, printing);
  for (const file of saved) host.ui.note(`saved ${file}`);
  return code;
}

function show(result: Result, { host, out }: Printing): void {
  const { ui } = host;
  if (result["resultType"] === "input_required") {
    ui.note(
      `${ui.notePaint.busy("?")} The tool asks for more before it answers; that needs an MCP client.`,
    );
    return;
  }
  const texts = result.content.flatMap(textOf);
  if (result.isError === true) {
    const said = texts.join("\n") || "the tool failed without saying why";
    ui.note(`${ui.notePaint.bad("✗")} ${harmless(said)}`);
    return;
  }
  for (const text of texts) ui.line(host.io.stdout.isTTY ? harmless(text).trimEnd() : text);
  if (texts.length === 0 && result.structuredContent !== undefined) {
    ui.line(JSON.stringify(result.structuredContent, undefined, 2));
  }
  const files = result.content.flatMap(fileOf);
  if (files.length === 0 || out !== undefined) return;
  const kinds = files.map(({ mime, bytes }) => `${oneLine(mime)}, ${size(bytes.byteLength)}`);
  ui.note(ui.notePaint.dim(`Not shown: ${kinds.join("; ")}. Save with --out FILE.`));
}

function textOf(block: ContentBlock): string[] {
  if (block.type === "text") return [block.text];
  if (block.type === "resource_link") return [`${block.name}: ${block.uri}`];
  if (block.type === "resource" && "text" in block.resource) return [block.resource.text];
  return [];
}

interface File {
  mime: string;
  bytes: Uint8Array;
}

function fileOf(block: ContentBlock): File[] {
  if (block.type === "image" || block.type === "audio") {
    return [{ mime: block.mimeType, bytes: decode(block.data) }];
  }
  if (block.type === "resource" && isRecord(block.resource) && "blob" in block.resource) {
    const mime = block.resource.mimeType ?? "application/octet-stream";
    return [{ mime, bytes: decode(block.resource.blob) }];
  }
  return [];
}

function decode(base64: unknown): Uint8Array {
  return Buffer.from(typeof base64 === "string" ? base64 : "", "base64");
}

const EXTENSIONS: Record<string, string> = {
  "image/png": ".png",
  "image/jpeg": ".jpg",
  "image/svg+xml": ".svg",
  "image/webp": ".webp",
  "image/gif": ".gif",
  "audio/wav": ".wav",
  "audio/mpeg": ".mp3",
  "application/pdf": ".pdf",
};

/** One file: under the name given. Several, or a folder given: numbered. */
async function saveAll(content: ContentBlock[], out: string, { io }: Host): Promise<string[]> {
  const target = resolve(io.cwd, out);
  const folder =
    /[/\\]$/.test(out) || (await stat(target).catch(() => undefined))?.isDirectory() === true;
  const files = content.flatMap(fileOf);
  const saved: string[] = [];
  for (const [index, { mime, bytes }] of files.entries()) {
    const extension = EXTENSIONS[mime] ?? ".bin";
    const number = files.length > 1 ? `-${index + 1}` : "";
    const given = extname(target);
    const name = folder
      ? join(target, `result${number}${extension}`)
      : join(dirname(target), `${basename(target, given)}${number}${given || extension}`);
    await mkdir(dirname(name), { recursive: true });
    await writeFile(name, bytes);
    saved.push(name);
  }
  return saved;
}

/** One layer, read once: its files, and what in them looks secret. */
import { secretIn } from "../secrets.ts";
import { entriesOf, wholeOf } from "./archive.node.ts";
import type { Budget, Bytes } from "./archive.node.ts";

export interface LayerFile {
  /** Without a leading slash. */
  path: string;
  type: "file" | "folder" | "link" | "other";
  bytes: number;
  mode: number;
  uid: number;
  gid: number;
}

export interface LayerContent {
  files: LayerFile[];
  /** Sum of the files, unpacked. */
  bytes: number;
  secrets: { path: string; kind: string }[];
  /** Content of etc/os-release, for the base image's name. */
  osRelease?: string;
}

const MAX_SCANNED_FILE_BYTES = 256 * 1_024;
const MAX_SCANNED_BYTES = 256 * 2 ** 20;
const PRIVATE_NAME =
  /(^|\/)(id_(rsa|dsa|ecdsa|ed25519)|\.git-credentials|\.netrc|\.pypirc|\.pgpass|\.docker\/config\.json|\.aws\/credentials|\.kube\/config|\.env(\.(local|production|prod))?|\.htpasswd)$/;
/** Other people's documents and test data: keys in there are published ones. */
const PUBLISHED =
  /(^|\/)(node_modules|site-packages|dist-packages|usr\/(lib|share|local\/lib)|usr\/src|test|tests|testdata|examples?|docs?)\//;
const LOGIN = /^(?:\/\/[^\s=]{1,200}:)?_(?:authToken|password|auth)\s*=\s*(?!\$)\S{8,}/m;

export async function readLayer(body: Bytes, budget: Budget): Promise<LayerContent> {
  const content: LayerContent = { files: [], bytes: 0, secrets: [] };
  let scanned = 0;
  for await (const { header, bytes, skip } of entriesOf(body, budget)) {
    const path = cleanPath(header.name);
    const type =
      header.type === "file"
        ? "file"
        : header.type === "directory"
          ? "folder"
          : /link/.test(header.type ?? "")
            ? "link"
            : "other";
    const size = type === "file" ? (header.size ?? 0) : 0;
    content.files.push({
      path,
      type,
      bytes: size,
      mode: header.mode ?? 0,
      uid: header.uid ?? 0,
      gid: header.gid ?? 0,
    });
    content.bytes += size;
    const isSmall = size > 0 && size <= MAX_SCANNED_FILE_BYTES && scanned < MAX_SCANNED_BYTES;
    if (type !== "file" || !isSmall) {
      skip();
      continue;
    }
    scanned += size;
    scan(path, await wholeOf(bytes), content);
  }
  return content;
}

function scan(path: string, bytes: Uint8Array, content: LayerContent): void {
  // A zero byte early on: no text.
  if (bytes.subarray(0, 512).includes(0)) return;
  const text = new TextDecoder().decode(bytes);
  if (/^(etc|usr\/lib)\/os-release$/.test(path)) content.osRelease = text;
  const kind = PUBLISHED.test(path)
    ? undefined
    : (secretIn(text) ??
      (/(^|\/)\.(npm|yarn)rc$/.test(path) && LOGIN.test(text) ? "a registry login" : undefined));
  if (kind !== undefined) content.secrets.push({ path, kind });
  else if (PRIVATE_NAME.test(path) && !PUBLISHED.test(path))
    content.secrets.push({ path, kind: "a file of credentials, by its name" });
}

function cleanPath(name: string): string {
  return name
    .split("/")
    .filter((part) => part !== "" && part !== "." && part !== "..")
    .join("/");
}

/** What an image should not have: secrets in any layer, setuid programs, root, waste. */
import type { Finding } from "flotilla/worker/review";
import { secretIn, secretName } from "../secrets.ts";
import { dict, list, scalar, text } from "../values.ts";
import type { Description } from "./describe.ts";
import type { LayerContent } from "./layer.node.ts";
import type { Hidden, Overlay } from "./overlay.ts";

export interface ImageFacts {
  description: Description;
  layers: LayerContent[];
  overlay: Overlay;
  /** What made each layer, where the history says so. */
  createdBy: string[];
  totalBytes: number;
  wastedBytes: number;
  damaged: string[];
}

const CACHES: readonly (readonly [string, string])[] = [
  ["var/lib/apt/lists/", "rm -rf /var/lib/apt/lists/*"],
  ["var/cache/apt/archives/", "apt-get clean"],
  ["var/cache/apk/", "apk add --no-cache"],
  ["var/cache/dnf/", "dnf clean all"],
  ["var/cache/yum/", "yum clean all"],
  ["root/.cache/pip/", "pip install --no-cache-dir"],
  ["root/.npm/_cacache/", "npm cache clean --force, or a cache mount"],
  ["usr/local/share/.cache/yarn/", "yarn cache clean"],
  ["root/.cache/go-build/", "a cache mount"],
];
const MIN_CACHE_BYTES = 100_000;

export function imageFindings(facts: ImageFacts): Finding[] {
  return [
    ...facts.damaged.map((file): Finding => ({
      rule: "digest-mismatch",
      severity: "error",
      message: `The content of ${file} is not what its digest says.`,
      object: file,
      fix: "Fetch the image again, from a source you trust.",
    })),
    ...secretFindings(facts),
    ...configFindings(facts),
    ...fileFindings(facts),
    ...wasteFindings(facts),
  ];
}

function secretFindings({ layers, overlay, createdBy }: ImageFacts): Finding[] {
  return layers.flatMap(({ secrets }, layer) =>
    secrets.map(({ path, kind }): Finding => {
      const isSeen = overlay.files.get(path)?.layer === layer;
      return {
        rule: "secret-in-layer",
        severity: "error",
        message: `/${path} holds ${kind}${isSeen ? "" : "; a later layer hides it, but everyone can unpack this one"}.`,
        object: `layer ${layer}`,
        evidence: createdBy[layer]?.slice(0, 160) ?? "",
        fix: "Change the secret, and mount it while building: RUN --mount=type=secret,…",
        reference: "CWE-538",
      };
    }),
  );
}

function configFindings({ description: { config } }: ImageFacts): Finding[] {
  const inner = dict(config["config"]);
  const found: Finding[] = [];
  const user = text(inner["User"]) ?? "";
  if (/^(|root|0)(:.*)?$/.test(user)) {
    found.push({
      rule: "runs-as-root",
      severity: "warning",
      message: "The program runs as root.",
      evidence: `User: ${user === "" ? "(not set)" : user}`,
      fix: "Set USER in the Dockerfile.",
      reference: "CIS Docker 4.1",
    });
  }
  for (const one of list(inner["Env"])) {
    const [name = "", value = ""] = String(one).split(/=(.*)/s);
    const kind =
      value === ""
        ? undefined
        : (secretIn(value) ?? (secretName(name) ? "a value under a secret's name" : undefined));
    if (kind !== undefined)
      found.push({
        rule: "secret-in-environment",
        severity: "error",
        message: `The image carries ${name} in its configuration.`,
        object: name,
        evidence: `${name}=… (${kind})`,
        fix: "Hand it over when the container starts.",
        reference: "CWE-798",
      });
  }
  for (const one of list(config["history"])) {
    const made = text(dict(one)["created_by"]) ?? "";
    const kind = secretIn(made);
    if (kind !== undefined)
      found.push({
        rule: "secret-in-history",
        severity: "error",
        message: `The history of the image shows ${kind}.`,
        fix: "Change the secret; use RUN --mount=type=secret instead of ARG.",
        reference: "CWE-538",
      });
  }
  return found;
}

function fileFindings({ overlay }: ImageFacts): Finding[] {
  const setuid: Finding[] = [];
  const writable: string[] = [];
  for (const { path, mode, type, uid } of overlay.files.values()) {
    if (type === "file" && (mode & 0o6000) !== 0) {
      setuid.push({
        rule: "setuid-file",
        severity: "info",
        message: `/${path} gives everyone who runs it the rights of ${(mode & 0o4000) !== 0 ? `user ${uid}` : "its group"}.`,
        object: `/${path}`,
        evidence: (mode & 0o7777).toString(8),
        fix: `RUN chmod a-s /${path}`,
        reference: "CIS Docker 4.8",
      });
    }
    const isOpen = (mode & 0o002) !== 0 && (mode & 0o1000) === 0;
    if ((type === "file" || type === "folder") && isOpen) writable.push(`/${path}`);
  }
  if (writable.length > 0) {
    setuid.push({
      rule: "world-writable",
      severity: "warning",
      message: `Everyone may write to ${writable.length} files and folders.`,
      evidence: writable.slice(0, 10).join(", "),
      fix: "RUN chmod o-w …",
      reference: "CWE-732",
    });
  }
  return setuid;
}

function wasteFindings({ overlay, wastedBytes, totalBytes }: ImageFacts): Finding[] {
  const found: Finding[] = [];
  if (
    wastedBytes > 1_000_000 ||
    (totalBytes > 0 && wastedBytes / totalBytes > 0.1 && wastedBytes > 10_000)
  ) {
    const [worst] = overlay.hidden.toSorted((a, b) => b.bytes - a.bytes);
    found.push({
      rule: "wasted-bytes",
      severity: "warning",
      message: `${wastedBytes} bytes are in the image but never seen: files that later layers replace or remove.`,
      evidence: worst === undefined ? "" : wordsFor(worst),
      fix: "Remove files in the layer that makes them; set owner and mode while copying (COPY --chown --chmod).",
    });
  }
  for (const [folder, how] of CACHES) {
    let bytes = 0;
    for (const one of overlay.files.values()) if (one.path.startsWith(folder)) bytes += one.bytes;
    if (bytes > MIN_CACHE_BYTES)
      found.push({
        rule: "cache-left",
        severity: "warning",
        message: `/${folder} holds ${bytes} bytes that nobody needs at run time.`,
        object: `/${folder}`,
        evidence: scalar(bytes) ?? "",
        fix: `In the same RUN: ${how}`,
      });
  }
  return found;
}

function wordsFor({ path, bytes, layer, by, isRemoved }: Hidden): string {
  return `/${path}: ${bytes} bytes in layer ${layer}, ${isRemoved ? "removed" : "replaced"} in layer ${by}`;
}

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import { pack } from "tar-stream";
import type { Headers } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXAMPLE_IMAGE } from "../src/tools/example-image.ts";
import { dockerClient } from "./client.ts";

const { call } = dockerClient();

type File = [name: string, content: string | Buffer, more?: Partial<Headers>];

async function tar(files: readonly File[]): Promise<Buffer> {
  const packer = pack();
  for (const [name, content, more] of files) packer.entry({ name, ...more }, Buffer.from(content));
  packer.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of packer) chunks.push(chunk);
  return Buffer.concat(chunks);
}

interface Made {
  config?: Record<string, unknown>;
  pack?: (layer: Buffer) => Buffer;
  damage?: boolean;
}

/** An OCI layout as `docker buildx build -o type=oci` writes it. */
async function ociImage(
  layers: readonly (readonly File[])[],
  { config = {}, pack: packed = (layer) => layer, damage = false }: Made = {},
): Promise<string> {
  const blobs: File[] = [];
  const add = (content: Buffer): { digest: string; size: number } => {
    const hex = createHash("sha256").update(content).digest("hex");
    blobs.push([
      `blobs/sha256/${hex}`,
      damage && blobs.length === 0 ? Buffer.concat([content, Buffer.alloc(512)]) : content,
    ]);
    return { digest: `sha256:${hex}`, size: content.byteLength };
  };
  const refs = [];
  for (const layer of layers)
    refs.push({
      mediaType: "application/vnd.oci.image.layer.v1.tar",
      ...add(packed(await tar(layer))),
    });
  const configured = add(
    Buffer.from(
      JSON.stringify({
        os: "linux",
        architecture: "arm64",
        config,
        history: layers.map((_, i) => ({ created_by: `step ${i}` })),
      }),
    ),
  );
  const manifest = add(
    Buffer.from(JSON.stringify({ schemaVersion: 2, config: configured, layers: refs })),
  );
  const index = {
    schemaVersion: 2,
    manifests: [{ ...manifest, platform: { os: "linux", architecture: "arm64" } }],
  };
  return (
    await tar([
      ["oci-layout", '{"imageLayoutVersion":"1.0.0"}'],
      ["index.json", JSON.stringify(index)],
      ...blobs,
    ])
  ).toString("base64");
}

const LAYERS: readonly (readonly File[])[] = [
  [
    ["etc/os-release", 'PRETTY_NAME="Debian 12"\n'],
    ["opt/a/one", "1".repeat(1_000)],
    ["opt/a/two", "2".repeat(2_000)],
    ["opt/b", "3".repeat(500)],
  ],
  [
    ["usr/bin/tool", "x".repeat(100), { mode: 0o4755 }],
    ["root/.ssh/id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n"],
    ["opt/b", "4".repeat(700)],
  ],
  [
    ["opt/.wh.a", ""],
    ["root/.ssh/.wh.id_rsa", ""],
    ["tmp/open", "x", { mode: 0o777 }],
  ],
];

describe("image_analyze on an image that Docker itself saved", () => {
  // Docker 20.10 built and saved it; of a larger image made the same way, `docker history` gave each layer's bytes as here.
  it("reads layers, base, user and the token that a later layer hides", async () => {
    const called = await call("image_analyze", { archive: EXAMPLE_IMAGE });
    expect(called.value).toMatchObject({
      format: "docker",
      tags: ["example:1"],
      platform: "linux/amd64",
      base: { name: "Tiny 1", from: "os-release" },
      config: { user: "", command: ["/app"] },
    });
    expect(called.value["layers"]).toHaveLength(3);
    expect(called.value["wasted"]).toEqual([
      { path: "/root/.npmrc", bytes: 74, layer: 1, by: 2, removed: false },
    ]);
    expect(called.rules).toEqual(["secret-in-layer", "runs-as-root"]);
    expect(`${called.text}${JSON.stringify(called.value)}`).not.toContain("npm_0123");
  });
});

describe("image_analyze", () => {
  it.each([
    ["plain", (layer: Buffer) => layer],
    ["gzip", (layer: Buffer) => gzipSync(layer)],
    ["zstd", (layer: Buffer) => zstdCompressSync(layer)],
  ])("lays %s layers over each other, with whiteouts", async (_, packed) => {
    const called = await call("image_analyze", {
      archive: await ociImage(LAYERS, { pack: packed }),
    });
    expect(called.isError, called.text).toBe(false);
    const total = 24 + 1_000 + 2_000 + 500 + 100 + 38 + 700 + 1;
    expect(called.value).toMatchObject({
      format: "oci",
      platform: "linux/arm64",
      totalBytes: total,
      wastedBytes: 1_000 + 2_000 + 500 + 38,
    });
    expect(called.value["setuid"]).toEqual([{ path: "/usr/bin/tool", mode: "4755", uid: 0 }]);
    expect(called.rules).toEqual(
      expect.arrayContaining(["secret-in-layer", "setuid-file", "world-writable"]),
    );
    expect(called.value["largest"]).not.toContainEqual(
      expect.objectContaining({ path: "/opt/a/two" }),
    );
  });

  it("empties opaque folders, and keeps what the same layer puts there", async () => {
    const archive = await ociImage([
      [
        ["d/old", "x".repeat(10)],
        ["e", "y"],
      ],
      [
        ["d/new", "z"],
        ["d/.wh..wh..opq", ""],
      ],
    ]);
    const { value } = await call("image_analyze", { archive });
    expect(value["wastedBytes"]).toBe(10);
    expect(JSON.stringify(value["largest"])).toContain("/d/new");
  });

  it("reads the configuration, values of variables aside", async () => {
    const archive = await ociImage(LAYERS, {
      config: {
        User: "1000",
        Env: ["PATH=/bin", "API_TOKEN=abcdef123456"],
        Entrypoint: ["/usr/bin/tool"],
        ExposedPorts: { "80/tcp": {} },
        Healthcheck: { Test: ["CMD", "x"] },
        Labels: { "org.opencontainers.image.base.name": "debian:12" },
      },
    });
    const called = await call("image_analyze", { archive });
    expect(called.value["config"]).toMatchObject({
      user: "1000",
      environment: ["PATH", "API_TOKEN"],
      ports: ["80/tcp"],
      healthcheck: true,
    });
    expect(called.value["base"]).toEqual({ name: "debian:12", from: "label" });
    expect(called.rules).toContain("secret-in-environment");
    expect(called.text).not.toContain("abcdef123456");
  });

  it("notices content that is not what its digest says", async () => {
    expect(
      (await call("image_analyze", { archive: await ociImage(LAYERS, { damage: true }) })).rules,
    ).toContain("digest-mismatch");
  });
});

describe("image_analyze on bad and hostile input", () => {
  it.each([
    ["no archive", Buffer.alloc(2_000, 65)],
    ["a cut archive", gunzipSync(Buffer.from(EXAMPLE_IMAGE, "base64")).subarray(0, 3_000)],
    ["a cut gzip", Buffer.from(EXAMPLE_IMAGE, "base64").subarray(0, 900)],
  ])("refuses %s", async (_, bytes) => {
    const { isError, text } = await call("image_analyze", { archive: bytes.toString("base64") });
    expect(isError).toBe(true);
    expect(text.length).toBeGreaterThan(10);
  });

  it("refuses other archives, and platforms that are not there", async () => {
    expect(
      (await call("image_analyze", { archive: (await tar([["a", "b"]])).toString("base64") })).text,
    ).toContain("no image");
    expect(
      (await call("image_analyze", { archive: await ociImage(LAYERS), platform: "linux/s390x" }))
        .text,
    ).toContain("linux/arm64");
  });

  it("stops at an archive bomb", async () => {
    const bomb = gzipSync(Buffer.alloc(100 * 2 ** 20));
    expect(bomb.byteLength).toBeLessThan(200_000);
    const { isError, text } = await call("image_analyze", { archive: bomb.toString("base64") });
    expect(isError).toBe(true);
    expect(text).toContain("archive bomb");
  });

  it("takes hostile names as names", async () => {
    const archive = await ociImage([
      [
        ["../../etc/passwd", "x"],
        ["__proto__", "y"],
        [`${"d/".repeat(40)}f`, "z"],
      ],
    ]);
    const called = await call("image_analyze", { archive });
    expect(called.isError, called.text).toBe(false);
    expect(JSON.stringify(called.value["largest"])).toContain("/etc/passwd");
  });
});

describe("image_analyze by path", () => {
  let folder = "";
  const before = process.env["FLOTILLA_WORKSPACE"];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "image-"));
    writeFileSync(join(folder, "image.tgz"), Buffer.from(EXAMPLE_IMAGE, "base64"));
    process.env["FLOTILLA_WORKSPACE"] = folder;
  });
  afterAll(() => {
    if (before === undefined) delete process.env["FLOTILLA_WORKSPACE"];
    else process.env["FLOTILLA_WORKSPACE"] = before;
    rmSync(folder, { recursive: true });
  });
  it("reads a file of the workspace, and none outside", async () => {
    const { call: fresh } = dockerClient();
    expect((await fresh("image_analyze", { path: "image.tgz" })).value["tags"]).toEqual([
      "example:1",
    ]);
    expect((await fresh("image_analyze", { path: "../image.tgz" })).isError).toBe(true);
  });
});

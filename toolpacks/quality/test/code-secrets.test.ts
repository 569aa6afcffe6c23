import { packageFiles } from "flotilla/worker/conformance";
import { describe, expect, it } from "vitest";
import { findingsOf, linesOf, qualityClient, real } from "./client.ts";

const { call } = qualityClient();

/** Put together here, so that no scanner takes this file for a leak. */
const glued = (...parts: string[]): string => parts.join("");
/** The token that GitHub published with its format. */
const GITHUB = glued("ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17");
const JWT = glued(
  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
  ".eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ",
  ".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
);

describe("code_secrets on real code", () => {
  it("finds none in commander, ajv and flatted, as secretlint", async () => {
    for (const [name, pattern] of [
      ["commander", "**/*.{js,md,json,ts}"],
      ["ajv", "{lib,dist}/**/*.{ts,js}"],
      ["flatted", "**/*.{js,py,go,md}"],
    ] as const) {
      const { value, text } = await call("code_secrets", {
        files: packageFiles(name, pattern, import.meta.url),
      });
      expect(value["counts"], text).toEqual({ error: 0, warning: 0, info: 0 });
    }
  });

  it("finds the four examples in secretlint's own rules, as its command line", async () => {
    const content = real("@secretlint/secretlint-rule-preset-recommend", "module/index.js");
    const found = await call("code_secrets", { filename: "index.js", content });
    expect(linesOf(found, "shopify/SHOPIFY_KEY")).toEqual([5911, 5916, 5920, 5924]);
    expect(found.value["counts"]).toEqual({ error: 4, warning: 0, info: 0 });
  });
});

describe("code_secrets", () => {
  it("needs no name for a text", async () => {
    const { rules } = await call("code_secrets", { content: `token = "${GITHUB}"` });
    expect(rules).toEqual(["github/GITHUB_TOKEN"]);
  });

  it("checks the checksum of a token", async () => {
    const fake = `${GITHUB.slice(0, -1)}8`;
    const found = await call("code_secrets", {
      files: { a: `x = '${GITHUB}'\n`, b: `x = '${fake}'\n` },
    });
    expect(findingsOf(found).map(({ severity, location }) => [severity, location?.file])).toEqual([
      ["error", "a"],
      ["info", "b"],
    ]);
    expect(findingsOf(found)[0]?.evidence).toContain("checksum right");
    expect(found.value["filesWithSecrets"]).toEqual(["a"]);
  });

  it("repeats no secret in its answer", async () => {
    const random = glued("9f86d081884c7d65", "9a2feaa0c55ad015a3bf4f1b2b0b822c");
    const password = glued("tr0ub4dor", "&3xyz");
    const content = `API_SECRET=${random}\nDB_PASSWORD=${password}\nTOKEN=${GITHUB}\nJWT=${JWT}\nDB=${glued("mongodb", "://user:p4ssw0rdXYZ@host:27017/db")}\n`;
    const found = await call("code_secrets", { filename: ".env", content });
    expect(findingsOf(found).length).toBe(5);
    const said = JSON.stringify(found.value) + found.text;
    for (const secret of [random, password, GITHUB.slice(6), JWT, "p4ssw0rdXYZ"])
      expect(said).not.toContain(secret);
  });

  it("reads tokens: the algorithm, and whether they have expired", async () => {
    const part = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString("base64url");
    const token = (exp: number): string =>
      `${part({ alg: "ES256" })}.${part({ sub: "someone", exp })}.${"c2lnbmF0dXJl".repeat(2)}`;
    const files = {
      "old.txt": token(1_600_000_000),
      "new.txt": token(1_900_000_000),
      "no.txt": "eyJhbGciOiJub3QganNvbg.eyJhbGciOiJub3QganNvbg.abcdefghijkl",
    };
    const found = findingsOf(await call("code_secrets", { files }), "format/jwt");
    expect(found.map(({ severity, location }) => [severity, location?.file])).toEqual([
      ["error", "new.txt"],
      ["info", "old.txt"],
    ]);
    expect(found[0]?.message).toContain("ES256");
  });

  it("leaves out placeholders, references, words and addresses", async () => {
    const content = [
      "API_KEY=${API_KEY}",
      "SECRET_KEY=changeme-changeme-changeme",
      'const apiKey = process.env["API_KEY"];',
      'const tokenUrl = "https://login.example.com/oauth2/v2.0/token";',
      'const accessToken = "getAccessTokenFromTheProvider";',
      'password: "password"',
      'const secretName = "projects/my-project/secrets/database-url";',
      '"integrity": "sha512-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08=="',
      'const token = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";',
    ].join("\n");
    const { value, text } = await call("code_secrets", { filename: "config.yaml", content });
    expect(value["counts"], text).toEqual({ error: 0, warning: 0, info: 0 });
  });

  it("takes what is allowed, ignored, binary, empty or very long", async () => {
    const files = { a: `x = '${GITHUB}'\n` };
    expect((await call("code_secrets", { files, allow: [GITHUB] })).rules).toEqual([]);
    expect((await call("code_secrets", { files, ignore: ["github/GITHUB_TOKEN"] })).rules).toEqual(
      [],
    );
    const odd = {
      bin: `\0${GITHUB}`,
      empty: "",
      long: `token="${"ab".repeat(400_000)}"`,
      spaces: `token${" ".repeat(300_000)}=`,
    };
    expect((await call("code_secrets", { files: odd })).rules).toEqual([]);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RawRun } from "./draft.ts";
import { maskUrl, summarise } from "./summary.ts";

const command = (args: string[], env: Record<string, string> = {}): RawRun => ({
  kind: "command",
  command: "npx",
  args,
  env,
});

describe("command lines", () => {
  const cases: [args: string[], shown: string][] = [
    [["-y", "@acme/server", "."], "npx -y @acme/server ."],
    [["--token", "abc"], "npx --token •••"],
    [["--token=abc", "--port=80"], "npx --token=••• --port=80"],
    [["--api-key", "abc", "next"], "npx --api-key ••• next"],
    [["-e", "GITHUB_TOKEN=x", "-e", "PLAIN", "image"], "npx -e GITHUB_TOKEN=••• -e PLAIN image"],
    [["--header", "Authorization: Bearer x"], "npx --header Authorization:•••"],
    [["ghp_0123456789abcdef0123456789abcdef0123"], "npx •••"],
    [["sk-proj-abcdefgh12345678"], "npx •••"],
    [["postgres://me:pw@db.example:5432/app?sslmode=on"], "npx postgres://db.example:5432/app"],
    [["DATABASE_URL=postgres://me:pw@db/app"], "npx DATABASE_URL=postgres://db/app"],
    [["${TOKEN}", "${KEY:-abc}"], "npx ${TOKEN} ${KEY}"],
    [["a b", "\u001B[31mred\nline"], 'npx "a b" " [31mred line"'],
    [["--no-auth", "--verbose"], "npx --no-auth --verbose"],
  ];
  test.each(cases)("%j", (args, shown) => {
    expect(summarise(command(args))).toBe(shown);
  });
});

test("URLs show scheme, host and path", () => {
  expect(maskUrl("https://u:p@h.example:8/mcp?key=1#x")).toBe("https://h.example:8/mcp");
  expect(maskUrl("https://h/sk-abcdefgh12345678/mcp")).toBe("https://h/•••/mcp");
  expect(maskUrl("https://h/${KEY:-abc}/mcp")).toBe("https://h/${KEY}/mcp");
});

test("no value of the environment is ever shown, wherever it is repeated", () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9!@#]{6,20}$/);
  fc.assert(
    fc.property(secret, fc.string({ maxLength: 5 }), (value, around) => {
      const shown = summarise(command([around, `${around}${value}${around}`], { ANY: value }));
      return (
        !shown.replace(around, "").includes(value) ||
        around.includes(value) ||
        "npx".includes(value)
      );
    }),
  );
});

test("a summary is one short line", () => {
  expect(summarise(command(Array.from({ length: 200 }, () => "word"))).length).toBeLessThanOrEqual(
    160,
  );
});

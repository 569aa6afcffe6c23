/** A worker called the way a client calls it, with the parts of an answer that tests look at. */
import type { CallToolResult, Worker } from "../contract.ts";
import type { Finding } from "../review/index.ts";
import { createTestClient } from "../test-client.ts";
import type { TestCallOptions, TestClient } from "../test-client.ts";

export interface Called {
  /** All text content. */
  text: string;
  isError: boolean;
  /** The structured content, as it crossed the wire. */
  value: Record<string, unknown>;
  /** The findings, and their rule ids, in order. */
  findings: Finding[];
  rules: string[];
  /** Images: SVG as text, others as base64. */
  pictures: string[];
}

export interface ToolpackClient {
  client: TestClient;
  call(name: string, args: Record<string, unknown>, options?: TestCallOptions): Promise<Called>;
  close(): void;
}

export function toolpackClient(worker: Worker): ToolpackClient {
  const client = createTestClient(worker);
  return {
    client,
    async call(name, args, options) {
      return calledOf(await client.callTool(name, args, options));
    },
    close: () => client.close(),
  };
}

function calledOf(result: CallToolResult): Called {
  const value: Record<string, unknown> = JSON.parse(JSON.stringify(result.structuredContent ?? {}));
  const findings: Finding[] = JSON.parse(JSON.stringify(value["findings"] ?? []));
  return {
    text: result.content.flatMap((one) => (one.type === "text" ? [one.text] : [])).join("\n"),
    isError: result.isError === true,
    value,
    findings,
    rules: findings.map(({ rule }) => rule),
    pictures: result.content.flatMap((one) => (one.type === "image" ? [pictureOf(one)] : [])),
  };
}

function pictureOf({ data, mimeType }: { data: string; mimeType: string }): string {
  if (mimeType !== "image/svg+xml") return data;
  return new TextDecoder().decode(Uint8Array.from(atob(data), (one) => one.charCodeAt(0)));
}

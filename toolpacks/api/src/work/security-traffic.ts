/** How calls travel, what they answer when refused, and where they go. OWASP API4, API8, API9 and API10. */
import { at, entriesOf, pointerOf } from "../lib/document.ts";
import type { Node } from "../lib/document.ts";
import { responsesOf } from "../lib/operations.ts";
import type { Operation } from "../lib/operations.ts";
import { dict, text } from "../lib/values.ts";
import { accessOf } from "./security-review.ts";
import type { Review } from "./security-review.ts";

const API4 = "API4:2023";
const API8 = "API8:2023";
const API9 = "API9:2023";
const API10 = "API10:2023";
const LOCAL =
  /^(localhost|127\.|0\.0\.0\.0|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[::1\])|\.(local|internal|test|lan)$/i;

export function trafficRules(review: Review): void {
  const { bundle, report, operations } = review;
  for (const operation of operations) {
    const responses = responsesOf(bundle, operation);
    refusals(review, operation, new Set(responses.map(([status]) => status.toUpperCase())));
    for (const [, response] of responses) corsRule(review, operation, response);
    if (operation.method === "trace") {
      report({
        rule: "trace-method",
        owasp: API8,
        severity: "error",
        object: operation.name,
        message: "TRACE sends back what it was sent, credentials included.",
        node: operation.node,
        fix: "Remove the operation.",
        patch: [{ op: "remove", path: pointerOf(operation.node.path) }],
      });
    }
    for (const [, callback] of entriesOf(bundle, at(bundle, operation.node, "callbacks"))) {
      const plain = Object.keys(dict(callback.value)).find((url) => url.startsWith("http://"));
      if (plain === undefined) continue;
      report({
        rule: "insecure-callback",
        owasp: API10,
        severity: "warning",
        object: operation.name,
        message: "A callback is sent without encryption.",
        node: callback,
        evidence: plain,
        fix: "Use https, and sign what is sent.",
      });
    }
  }
}

function refusals({ report }: Review, operation: Operation, statuses: ReadonlySet<string>): void {
  const { name, node } = operation;
  const has = (...wanted: string[]): boolean =>
    wanted.some((one) => statuses.has(one)) || statuses.has("4XX") || statuses.has("DEFAULT");
  const missing = (what: { rule: string; owasp: string; status: string; message: string }): void =>
    report({
      rule: what.rule,
      owasp: what.owasp,
      severity: "info",
      object: name,
      message: what.message,
      node: { ...node, path: [...node.path, "responses"] },
      evidence: `responses: ${[...statuses].join(", ") || "none"}`,
      fix: `Describe the response ${what.status}.`,
      patch: [
        {
          op: "add",
          path: `${pointerOf(node.path)}/responses/${what.status}`,
          value: { description: DESCRIPTION[what.status] ?? "" },
        },
      ],
    });
  const access = accessOf(operation);
  if (access !== "public" && !has("401", "403")) {
    missing({
      rule: "no-401",
      owasp: API8,
      status: "401",
      message: "What an unauthenticated caller gets is not described.",
    });
  }
  if (!has("429")) {
    missing({ rule: "no-429", owasp: API4, status: "429", message: "No rate limit is described." });
  }
  const takes = operation.value["requestBody"] !== undefined || operation.parameters.length > 0;
  if (takes && !has("400", "422")) {
    missing({
      rule: "no-400",
      owasp: API8,
      status: "400",
      message: "What a caller with wrong input gets is not described.",
    });
  }
}
const DESCRIPTION: Record<string, string> = {
  "400": "The request is not valid.",
  "401": "Authentication is missing or not valid.",
  "429": "Too many requests; try again after the time in Retry-After.",
};

function corsRule({ bundle, report }: Review, operation: Operation, response: Node): void {
  const header = entriesOf(bundle, at(bundle, response, "headers")).find(
    ([name]) => name.toLowerCase() === "access-control-allow-origin",
  )?.[1];
  if (header === undefined) return;
  const schema = dict(at(bundle, header, "schema")?.value);
  const said = [
    dict(header.value)["example"],
    schema["default"],
    schema["example"],
    schema["const"],
    ...[schema["enum"]].flat(),
  ];
  if (!said.includes("*")) return;
  report({
    rule: "cors-any-origin",
    owasp: API8,
    severity: accessOf(operation) === "public" ? "info" : "warning",
    object: operation.name,
    message: "Any web page may read the answers.",
    node: header,
    evidence: "Access-Control-Allow-Origin: *",
    fix: "Name the origins that may.",
  });
}

export function serverRules({ bundle, report, operations }: Review): void {
  const servers = entriesOf(bundle, at(bundle, bundle.root, "servers"));
  for (const [, node] of servers) {
    const url = text(dict(node.value)["url"]) ?? "";
    const host = /^[a-z]+:\/\/([^/:]+)/i.exec(url)?.[1] ?? "";
    if (url.startsWith("http://") && !LOCAL.test(host)) {
      report({
        rule: "insecure-server",
        owasp: API8,
        severity: "error",
        object: url,
        message: "Calls to this server are not encrypted.",
        node,
        evidence: url,
        fix: "Use https.",
        patch: [
          {
            op: "replace",
            path: `${pointerOf(node.path)}/url`,
            value: url.replace("http://", "https://"),
          },
        ],
      });
    }
    if (LOCAL.test(host)) {
      report({
        rule: "internal-server",
        owasp: API9,
        severity: "info",
        object: url,
        message: "The document names a server that only insiders reach.",
        node,
        evidence: url,
        fix: "Leave it out of what is published.",
      });
    }
  }
  for (const { name, node, value } of operations) {
    if (value["deprecated"] !== true || "x-sunset" in value) continue;
    report({
      rule: "deprecated-without-end",
      owasp: API9,
      severity: "info",
      object: name,
      message: `${name} is deprecated, and nobody knows until when it works.`,
      node,
      evidence: "deprecated: true",
      fix: "Say the day in x-sunset, and answer with the Sunset header (RFC 8594).",
    });
  }
}

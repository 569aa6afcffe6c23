/** What a caller may send and gets to see. OWASP API3, API4 and API7. */
import { at } from "../lib/document.ts";
import type { Node } from "../lib/document.ts";
import { contentsOf, responsesOf } from "../lib/operations.ts";
import { schemaName, typesOf, walkSchemas } from "../lib/schemas.ts";
import type { SchemaPlace } from "../lib/schemas.ts";
import { dict, text } from "../lib/values.ts";
import type { Dict } from "../lib/values.ts";
import { pointerOf } from "../lib/document.ts";
import type { Review } from "./security-review.ts";

const API3 = "API3:2023";
const API4 = "API4:2023";
const API7 = "API7:2023";
const SECRET =
  /^(passw(or)?d|passwordHash|pwd|secret|client_?secret|private_?key|access_?token|refresh_?token|api_?key|pin|cvv|cvc|ssn|credit_?card(_?number)?|card_?number)$/i;
/** Granted by the server, never by the caller. */
const PRIVILEGED =
  /^(role|roles|is_?admin|admin|permissions?|is_?staff|is_?superuser|is_?verified|email_?verified|account_?balance|balance|credit_?limit)$/i;
const ADDRESS =
  /^(url|uri|.*_url|.*Url|.*_uri|.*Uri|callback|webhook|redirect|target|endpoint|host|image_?src|avatar_?link)$/;

export function requestRules(review: Review): void {
  const { bundle, operations } = review;
  const bodies: Node[] = [];
  const parameters: Node[] = [];
  for (const operation of operations) {
    const body = at(bundle, operation.node, "requestBody");
    for (const { schema } of contentsOf(bundle, body))
      if (schema !== undefined) bodies.push(schema);
    for (const { node } of operation.parameters) {
      const schema = at(bundle, node, "schema");
      if (schema === undefined) continue;
      parameters.push(schema);
      addressRule(review, {
        node: schema,
        schema: dict(schema.value),
        name: String(dict(node.value)["name"]),
      });
    }
  }
  walkSchemas(bundle, bodies, (place) => {
    massAssignment(review, place);
    bounds(review, place);
    addressRule(review, place);
  });
  walkSchemas(bundle, parameters, (place) => bounds(review, place));
}

function massAssignment({ report }: Review, { node, schema, name }: SchemaPlace): void {
  const open = schema["additionalProperties"];
  if (
    open === true ||
    (typeof open === "object" && open !== null && Object.keys(open).length === 0)
  ) {
    report({
      rule: "open-request-object",
      owasp: API3,
      severity: "warning",
      object: schemaName(node),
      message: "The request may carry properties that nobody described.",
      node,
      evidence: `additionalProperties: ${JSON.stringify(open)}`,
      fix: "Set additionalProperties to false, or describe what is allowed.",
      patch: [
        { op: "replace", path: `${pointerOf(node.path)}/additionalProperties`, value: false },
      ],
    });
  }
  if (PRIVILEGED.test(name) && schema["readOnly"] !== true) {
    report({
      rule: "privileged-property-writable",
      owasp: API3,
      severity: "warning",
      object: schemaName(node),
      message: `A caller can send ${name}, which looks like something only the server may grant.`,
      node,
      evidence: `${name} is not readOnly`,
      fix: "Mark it readOnly, or leave it out of the request's schema.",
      patch: [{ op: "add", path: `${pointerOf(node.path)}/readOnly`, value: true }],
    });
  }
}

/** What a server must hold or compute must have an end. */
function bounds({ report }: Review, { node, schema }: SchemaPlace): void {
  const fixed = ["enum", "const", "pattern"].some((key) => key in schema);
  const types = typesOf(schema);
  const format = text(schema["format"]);
  const missing = (rule: string, what: string, fix: string): void =>
    report({
      rule,
      owasp: API4,
      severity: "info",
      object: schemaName(node),
      message: `${what} without a limit in a request.`,
      node,
      evidence: JSON.stringify({ type: schema["type"], format }),
      fix,
    });
  const shaped =
    format !== undefined &&
    /^(date|date-time|time|uuid|ipv4|ipv6|byte|binary|duration)$/.test(format);
  if (types.includes("string") && !fixed && !shaped && schema["maxLength"] === undefined) {
    missing("string-without-limit", "Text", "Add maxLength, or a pattern or enum.");
  }
  if (types.includes("array") && schema["maxItems"] === undefined) {
    missing("array-without-limit", "A list", "Add maxItems.");
  }
  const isNumber = types.includes("integer") || types.includes("number");
  const limited = ["maximum", "exclusiveMaximum"].some((key) => key in schema);
  if (isNumber && !fixed && !limited && format === undefined) {
    missing("number-without-limit", "A number", "Add minimum and maximum, or a format.");
  }
}

/** An address that the server fetches can point inside its own network. */
function addressRule({ report }: Review, { node, schema, name }: SchemaPlace): void {
  const format = text(schema["format"]);
  const isText = typesOf(schema).includes("string") && !("enum" in schema);
  const says = ADDRESS.test(name) || (name !== "" && (format === "uri" || format === "url"));
  if (!isText || !says || schema["readOnly"] === true || "pattern" in schema) return;
  report({
    rule: "caller-given-url",
    owasp: API7,
    severity: "info",
    object: schemaName(node),
    message: `The caller names an address (${name}); if the server fetches it, it can be led to internal systems.`,
    node,
    evidence: JSON.stringify({ type: "string", format }),
    fix: "Limit it by a pattern or list of hosts, and resolve and check the address before fetching.",
  });
}

export function responseRules(review: Review): void {
  const { bundle, operations, report } = review;
  const answers: Node[] = [];
  for (const operation of operations) {
    const lists: Node[] = [];
    for (const [status, response] of responsesOf(bundle, operation)) {
      for (const { schema } of contentsOf(bundle, response)) {
        if (schema === undefined) continue;
        answers.push(schema);
        if (status.startsWith("2") && typesOf(dict(schema.value)).includes("array"))
          lists.push(schema);
      }
    }
    if (
      operation.method !== "get" ||
      lists.length === 0 ||
      lists.some(({ value }) => "maxItems" in dict(value))
    )
      continue;
    const pages = operation.parameters.some(
      ({ name, in: place }) => place !== "path" && PAGING.test(name),
    );
    if (pages) continue;
    report({
      rule: "list-without-pages",
      owasp: API4,
      severity: "warning",
      object: operation.name,
      message: `${operation.name} answers with a list of any length.`,
      node: operation.node,
      evidence: "an array without maxItems, and no parameter such as limit or cursor",
      fix: "Add a limit with a maximum and a cursor or page, and maxItems.",
    });
  }
  walkSchemas(bundle, answers, (place) => exposed(review, place));
}

const PAGING =
  /limit|page|per_?page|cursor|offset|first|after|top|skip|size|count|max_?results|start/i;

function exposed(
  { report }: Review,
  { node, schema, name }: { node: Node; schema: Dict; name: string },
): void {
  if (!SECRET.test(name) || schema["writeOnly"] === true) return;
  report({
    rule: "secret-in-response",
    owasp: API3,
    severity: "error",
    object: schemaName(node),
    message: `A response carries ${name}.`,
    node,
    evidence: `${name} is not writeOnly`,
    fix: "Mark it writeOnly, or leave it out of the response's schema.",
    patch: [{ op: "add", path: `${pointerOf(node.path)}/writeOnly`, value: true }],
  });
}

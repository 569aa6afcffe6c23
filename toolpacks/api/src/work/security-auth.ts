/** Who may call: schemes, and where they apply. OWASP API1, API2 and API5. */
import { at, entriesOf, pointerOf } from "../lib/document.ts";
import type { Node } from "../lib/document.ts";
import type { Operation } from "../lib/operations.ts";
import { dict, shown, text } from "../lib/values.ts";
import type { Dict } from "../lib/values.ts";
import { typesOf } from "../lib/schemas.ts";
import { WRITES, accessOf } from "./security-review.ts";
import type { Review } from "./security-review.ts";

const API1 = "API1:2023";
const API2 = "API2:2023";
const API5 = "API5:2023";
/** What must be callable before one can be authenticated. */
const ENTRANCE =
  /(login|logout|sign-?in|sign-?up|register|token|oauth|password|health|status|ready|live|ping|openapi|\.well-known|webhook|callback)/i;
const ADMIN = /(^|\/)(admin|internal|manage(ment)?|superuser|backoffice|debug|actuator)(\/|$)/i;
const SECRET_NAME =
  /^(api[-_]?key|access[-_]?token|auth([-_]?token)?|token|secret|client[-_]?secret|passw(or)?d|pwd|session([-_]?id)?|jwt|bearer)$/i;

export function schemeRules(review: Review): void {
  const { bundle, operations, schemes, report } = review;
  if (schemes.size === 0 && operations.length > 0) {
    report({
      rule: "no-security-scheme",
      owasp: API2,
      severity: "error",
      message:
        "The document declares no security scheme: nobody is authenticated, or the document does not tell how.",
      node: bundle.root,
      fix: "Declare one in components.securitySchemes and require it in the top-level security.",
    });
  }
  for (const [name, node] of entriesOf(
    bundle,
    at(bundle, bundle.root, "components", "securitySchemes"),
  )) {
    oneScheme(review, { name, node, value: dict(node.value) });
  }
}

function oneScheme(
  { report }: Review,
  { name, node, value }: { name: string; node: Node; value: Dict },
): void {
  const about = { object: name, node, owasp: API2 };
  const type = text(value["type"]);
  const scheme = text(value["scheme"])?.toLowerCase();
  if (type === "apiKey" && value["in"] === "query") {
    report({
      ...about,
      rule: "api-key-in-query",
      severity: "error",
      message: `${name} travels in the URL, which logs, proxies and browser histories keep.`,
      evidence: `in: query, name: ${String(value["name"])}`,
      fix: "Send it in a header.",
      patch: [{ op: "replace", path: `${pointerOf(node.path)}/in`, value: "header" }],
    });
  }
  if (type === "http" && scheme === "basic") {
    report({
      ...about,
      rule: "http-basic",
      severity: "warning",
      message: `${name} sends the password itself with every request.`,
      evidence: "scheme: basic",
      fix: "Use short-lived bearer tokens (OAuth 2, OpenID Connect).",
    });
  }
  if (type === "http" && scheme !== undefined && ["digest", "hoba", "negotiate"].includes(scheme)) {
    report({
      ...about,
      rule: "outdated-auth-scheme",
      severity: "info",
      message: `${name} uses ${scheme}, which few clients implement safely.`,
      evidence: `scheme: ${scheme}`,
      fix: "Use bearer tokens.",
    });
  }
  const flows = dict(value["flows"]);
  for (const flow of ["implicit", "password"].filter((one) => one in flows))
    flowRule(flow, about, report);
  for (const [flow, settings] of Object.entries(flows)) {
    for (const key of ["authorizationUrl", "tokenUrl", "refreshUrl"]) {
      const url = text(dict(settings)[key]);
      if (url?.startsWith("http://") !== true) continue;
      const path = `${pointerOf(node.path)}/flows/${flow}/${key}`;
      report({
        ...about,
        rule: "insecure-oauth-url",
        severity: "error",
        message: `${name}'s ${key} is not encrypted: codes and tokens can be read on the way.`,
        evidence: url,
        fix: "Use https.",
        patch: [{ op: "replace", path, value: url.replace("http://", "https://") }],
      });
    }
  }
}

function flowRule(
  flow: string,
  about: { object: string; node: Node; owasp: string },
  report: Review["report"],
): void {
  report({
    ...about,
    rule: `oauth-${flow}-flow`,
    severity: "warning",
    message:
      flow === "implicit"
        ? "The implicit flow puts the token in the URL; OAuth 2.1 has removed it."
        : "The password flow gives the user's password to the client; OAuth 2.1 has removed it.",
    evidence: `flows.${flow}`,
    fix: "Use authorizationCode with PKCE, or clientCredentials between machines.",
  });
}

export function authRules(review: Review): void {
  for (const operation of review.operations) {
    if (!review.isPublic(operation)) accessRule(review, operation);
    undeclared(review, operation);
    for (const { name, in: place, node } of operation.parameters) {
      if ((place !== "query" && place !== "path") || !SECRET_NAME.test(name)) continue;
      review.report({
        rule: "credential-in-url",
        owasp: API2,
        severity: "error",
        object: operation.name,
        message: `The parameter ${name} looks like a credential and travels in the URL.`,
        node,
        evidence: `in: ${place}, name: ${name}`,
        fix: "Declare it as a security scheme in a header, or send it in the body.",
      });
    }
    sequentialIds(review, operation);
  }
}

function accessRule({ report, schemes }: Review, operation: Operation): void {
  const { name, method, path, node } = operation;
  const access = accessOf(operation);
  const admin = ADMIN.test(path);
  const [scheme] = [...schemes.keys()];
  const patch =
    scheme === undefined
      ? {}
      : {
          patch: [
            {
              op: "add" as const,
              path: `${pointerOf(node.path)}/security`,
              value: [{ [scheme]: [] }],
            },
          ],
        };
  const about = { object: name, node };
  if (admin && access !== "scoped") {
    report({
      ...about,
      rule: "admin-without-scope",
      owasp: API5,
      severity: access === "public" || access === "optional" ? "error" : "warning",
      message: `${name} looks administrative, and any ${access === "authenticated" ? "authenticated caller" : "caller"} may use it.`,
      evidence: `access: ${access}`,
      fix: "Require a scope or role of its own.",
    });
  } else if (access === "public" || access === "optional") {
    const writes = WRITES.has(method);
    const entrance = ENTRANCE.test(path);
    report({
      ...about,
      rule: access === "public" ? "unprotected-operation" : "optional-authentication",
      owasp: API2,
      severity: entrance ? "info" : writes ? "error" : "warning",
      message: `${name} ${access === "public" ? "needs no authentication" : "can be called without authentication"}${writes ? " and changes something" : ""}.`,
      evidence: operation.ownSecurity
        ? `security: ${JSON.stringify(operation.security)}`
        : "no security here or at the top",
      fix: "Require a security scheme; if anybody may call it, name it in publicOperations.",
      ...patch,
    });
  }
}

function undeclared(
  { report, schemes }: Review,
  { name, node, security, ownSecurity }: Operation,
): void {
  const missing = new Set(
    security.flatMap((one) => Object.keys(one)).filter((key) => !schemes.has(key)),
  );
  for (const scheme of missing) {
    report({
      rule: "undeclared-scheme",
      owasp: API2,
      severity: "error",
      object: name,
      message: `${name} requires ${scheme}, which components.securitySchemes does not declare.`,
      node: ownSecurity ? { ...node, path: [...node.path, "security"] } : node,
      fix: "Declare the scheme, or correct its name.",
    });
  }
}

/** A number can be counted through; authorization of every object must then hold without exception. */
function sequentialIds({ bundle, report }: Review, { name, parameters }: Operation): void {
  for (const { name: parameter, in: place, node } of parameters) {
    if (place !== "path" || !/(^|[_-])id$|Id$/i.test(parameter)) continue;
    const schema = dict(at(bundle, node, "schema")?.value);
    if (!typesOf(schema).includes("integer")) continue;
    report({
      rule: "numeric-id",
      owasp: API1,
      severity: "info",
      object: name,
      message: `${parameter} is a number that can be guessed.`,
      node,
      evidence: `type: integer${schema["format"] === undefined ? "" : `, format: ${shown(schema["format"])}`}`,
      fix: "Use random ids (format: uuid), and check on every call that the caller may see this object.",
    });
  }
}

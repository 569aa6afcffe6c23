/** A thousand tools such as fleets have: fifty services with twenty operations each, told in their services' own words. */
import type { CatalogEntry } from "../../../src/protocol/index.ts";

interface Service {
  name: string;
  /** What it deals with, and in what these live. */
  things: readonly [string, string, string, string];
  about: string;
}

const service = (name: string, about: string, ...things: Service["things"]): Service => ({
  name,
  about,
  things,
});

const SERVICES: readonly Service[] = [
  service("github", "GitHub", "issue", "pull request", "repository", "release"),
  service("gitlab", "GitLab", "merge request", "pipeline", "project", "runner"),
  service("jira", "Jira", "ticket", "sprint", "board", "epic"),
  service("linear", "Linear", "task", "cycle", "team", "roadmap"),
  service("slack", "Slack", "message", "channel", "reminder", "reaction"),
  service("discord", "Discord", "server", "thread", "role", "emoji"),
  service("gmail", "Gmail", "email", "label", "draft", "filter"),
  service("calendar", "Google Calendar", "event", "calendar", "attendee", "availability slot"),
  service("drive", "Google Drive", "file", "folder", "permission", "comment"),
  service("sheets", "Google Sheets", "spreadsheet", "row", "range", "chart"),
  service("notion", "Notion", "page", "database", "block", "template"),
  service("confluence", "Confluence", "article", "space", "attachment", "revision"),
  service("stripe", "Stripe", "payment", "refund", "customer", "subscription"),
  service("paypal", "PayPal", "invoice", "payout", "dispute", "transaction"),
  service("shopify", "Shopify", "order", "product", "discount code", "shipment"),
  service("hubspot", "HubSpot", "contact", "deal", "company", "campaign"),
  service("salesforce", "Salesforce", "lead", "opportunity", "account", "report"),
  service("zendesk", "Zendesk", "support request", "macro", "agent", "satisfaction rating"),
  service("twilio", "Twilio", "text message", "phone call", "phone number", "recording"),
  service("sendgrid", "SendGrid", "newsletter", "recipient list", "suppression", "sender"),
  service("s3", "Amazon S3", "object", "bucket", "lifecycle rule", "access policy"),
  service("ec2", "Amazon EC2", "instance", "snapshot", "security group", "volume"),
  service("lambda", "AWS Lambda", "function", "layer", "alias", "trigger"),
  service("cloudwatch", "CloudWatch", "alarm", "log group", "metric", "dashboard"),
  service("kubernetes", "Kubernetes", "pod", "deployment", "namespace", "config map"),
  service("docker", "Docker", "container", "image", "network", "registry credential"),
  service("terraform", "Terraform", "workspace", "plan", "state file", "variable"),
  service("datadog", "Datadog", "monitor", "incident", "service level objective", "trace"),
  service("grafana", "Grafana", "panel", "data source", "annotation", "alert rule"),
  service("sentry", "Sentry", "error", "stack trace", "environment", "ownership rule"),
  service("pagerduty", "PagerDuty", "on-call shift", "escalation policy", "page", "postmortem"),
  service("postgres", "PostgreSQL", "table", "index", "view", "user"),
  service("mongo", "MongoDB", "document", "collection", "aggregation", "replica"),
  service("redis", "Redis", "key", "stream", "hash", "lock"),
  service("elastic", "Elasticsearch", "search index", "mapping", "shard", "query template"),
  service("snowflake", "Snowflake", "warehouse", "schema", "data share", "stage"),
  service("bigquery", "BigQuery", "dataset", "query job", "routine", "reservation"),
  service("figma", "Figma", "design file", "component", "frame", "variable collection"),
  service("canva", "Canva", "design", "brand kit", "asset", "export job"),
  service("wordpress", "WordPress", "blog post", "category", "plugin", "theme"),
  service("youtube", "YouTube", "video", "playlist", "caption", "livestream"),
  service("spotify", "Spotify", "track", "album", "listening queue", "podcast"),
  service("maps", "Google Maps", "route", "place", "travel time", "street view"),
  service("weather", "weather data", "forecast", "storm warning", "station", "historical climate"),
  service("flights", "flight booking", "flight", "fare", "seat", "boarding pass"),
  service("hotels", "hotel booking", "room", "stay", "review", "cancellation"),
  service("stocks", "stock markets", "quote", "portfolio", "dividend", "earnings call"),
  service("crypto", "crypto markets", "wallet", "transfer", "token price", "smart contract"),
  service("translate", "translation", "translation", "glossary", "language", "transcript"),
  service("hr", "personnel", "employee", "leave request", "payslip", "job opening"),
];

interface Verb {
  name: string;
  says: (thing: string, about: string) => string;
  extra: Record<string, unknown>;
  required: string[];
}

const id = { type: "string", description: "Its identifier, as the list operation gives it." };
const VERBS: readonly Verb[] = [
  {
    name: "list",
    says: (thing, about) =>
      `Returns the ${thing}s of the current ${about} account, newest first. Results come in pages; pass the cursor of the last answer to continue.`,
    extra: {
      limit: { type: "integer", description: "Entries per page, at most 100.", default: 20 },
      cursor: { type: "string", description: "Where to continue." },
      updated_after: { type: "string", format: "date-time", description: "Only newer ones." },
    },
    required: [],
  },
  {
    name: "get",
    says: (thing, about) =>
      `Returns one ${thing} from ${about} with all of its fields, including who made it and when.`,
    extra: {
      id,
      fields: { type: "array", items: { type: "string" }, description: "Which fields." },
    },
    required: ["id"],
  },
  {
    name: "create",
    says: (thing, about) =>
      `Makes a new ${thing} in ${about} and returns it. Fails when one of the same name is already there.`,
    extra: {
      name: { type: "string", description: "How it is called." },
      details: { type: "object", description: "Further fields.", additionalProperties: true },
      notify: { type: "boolean", description: "Whether people who watch are told." },
    },
    required: ["name"],
  },
  {
    name: "update",
    says: (thing, about) =>
      `Changes fields of an existing ${thing} in ${about}. Fields that are not given stay as they are.`,
    extra: { id, changes: { type: "object", description: "Field names and their new values." } },
    required: ["id", "changes"],
  },
  {
    name: "delete",
    says: (thing, about) =>
      `Removes one ${thing} from ${about} for good. This cannot be undone, so ask before you use it.`,
    extra: { id, reason: { type: "string", description: "Kept in the audit log." } },
    required: ["id"],
  },
];

/** By service name. */
export function syntheticCatalogs(): Map<string, CatalogEntry[]> {
  return new Map(
    SERVICES.map(({ name, about, things }) => [
      name,
      things.flatMap((thing) => VERBS.map((verb) => toolOf(verb, thing, about))),
    ]),
  );
}

function toolOf({ name, says, extra, required }: Verb, thing: string, about: string): CatalogEntry {
  const noun = thing.replaceAll(/[ -]/g, "_");
  return {
    name: name === "list" ? `list_${noun}s` : `${name}_${noun}`,
    description: says(thing, about),
    inputSchema: { type: "object", properties: extra, required, additionalProperties: false },
    annotations: { readOnlyHint: name === "list" || name === "get" },
  };
}

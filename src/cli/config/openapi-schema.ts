/** The part of the configuration's schema that describes workers made from OpenAPI documents. */
const text = (description: string) => ({
  type: "string",
  minLength: 1,
  maxLength: 8192,
  description,
});

/** A secret written into the file would be shared with it: only the name of a variable may stand there. */
const secret = (description: string) => ({
  type: "string",
  pattern: String.raw`\$\{[^{}]+\}`,
  maxLength: 8192,
  "x-expect": "a placeholder such as ${API_TOKEN}: secrets stay out of this file",
  description: `${description} As \${NAME}.`,
});

const url = (description: string) => ({
  type: "string",
  pattern: String.raw`^(https?://|\$\{)`,
  maxLength: 8192,
  "x-expect": "a URL starting with http:// or https://",
  description,
});

const patterns = (description: string) => ({
  type: "array",
  maxItems: 1000,
  items: { type: "string", minLength: 1, maxLength: 500 },
  description,
});

export const credentialSchema = {
  type: "object",
  description: "What one security scheme of the document needs.",
  additionalProperties: false,
  minProperties: 1,
  dependentRequired: {
    clientId: ["clientSecret"],
    clientSecret: ["clientId"],
    tokenUrl: ["clientId"],
  },
  properties: {
    apiKey: secret("For an apiKey scheme."),
    token: secret("For a bearer scheme, or an OAuth 2.0 token that you have."),
    username: text("For a basic scheme."),
    password: secret("For a basic scheme."),
    clientId: text("For OAuth 2.0 client credentials."),
    clientSecret: secret("For OAuth 2.0 client credentials."),
    tokenUrl: url("Where tokens are given. Default: as the document says."),
    scopes: patterns("Scopes to ask for. Default: as the operation says."),
  },
};

/** Beside `openapi` in a worker. */
export const openApiProperties = {
  openapi: {
    type: "string",
    minLength: 1,
    maxLength: 8192,
    description: "An OpenAPI document, file or URL: its operations become tools.",
  },
  baseUrl: url("Where the API is. Default: the document's servers."),
  auth: {
    type: "object",
    description: "Credentials by the name of the document's security scheme.",
    maxProperties: 100,
    additionalProperties: { $ref: "#/$defs/credential" },
  },
  operations: {
    type: "object",
    description:
      "Which operations become tools. A pattern meets a tool's name, an operationId, GET /path or tag:NAME; * is any text.",
    additionalProperties: false,
    properties: {
      include: patterns("Only these."),
      exclude: patterns("Not these."),
    },
  },
};

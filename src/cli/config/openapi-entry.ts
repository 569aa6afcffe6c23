/** The keys that go with `openapi:`, as written. */
export interface OpenApiEntry {
  baseUrl?: string;
  /** By the name of the document's security scheme. */
  auth?: Record<string, OpenApiCredential>;
  operations?: { include?: string[]; exclude?: string[] };
}

export interface OpenApiCredential {
  apiKey?: string;
  token?: string;
  username?: string;
  password?: string;
  clientId?: string;
  clientSecret?: string;
  tokenUrl?: string;
  scopes?: string[];
}

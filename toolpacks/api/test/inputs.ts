/** Real documents, by the packages that ship them. */
import { packageFile } from "flotilla/worker/conformance";

/** Documents that others published, by their path in the package of examples. */
export const published = (path: string): string =>
  packageFile("@readme/oas-examples", path, import.meta.url);
export const githubSchema = (): string =>
  packageFile("@octokit/graphql-schema", "schema.graphql", import.meta.url);

export const document = (paths: string, more = ""): string =>
  `openapi: 3.1.0\ninfo: { title: T, version: 1.0.0 }\nservers: [{ url: "https://api.test.dev" }]\npaths:\n${paths}\n${more}`;

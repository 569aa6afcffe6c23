/** A typical input for each tool: what an engineer would give it on an ordinary day, from packages that are installed. */
import { Session } from "node:inspector/promises";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeHeapSnapshot } from "node:v8";

type Arguments = Record<string, unknown>;
export type Inputs = Record<string, Arguments>;

const ROOT = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const folder = (path: string, pattern: string): Record<string, string> =>
  Object.fromEntries(
    globSync(pattern, { cwd: join(ROOT, path) }).map((file) => [file, read(join(path, file))]),
  );

/** One hundred tables of eight columns, most with a foreign key. */
function hundredTables(): string {
  return Array.from({ length: 100 }, (_, n) => {
    const parent = n === 0 ? "" : `, parent_id bigint REFERENCES table_${Math.floor(n / 2)} (id)`;
    return `CREATE TABLE table_${n} (id bigint PRIMARY KEY, name text NOT NULL, state varchar(20), amount numeric(12,2), created_at timestamptz NOT NULL, updated_at timestamp, note text${parent});`;
  }).join("\n");
}

const shop =
  "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, total numeric(10, 2), created_at timestamptz NOT NULL);";
const slow = "SELECT * FROM orders WHERE customer_id = 42 ORDER BY created_at DESC LIMIT 10";

/** Profiles and snapshots of this process, written below `workspace`. */
export async function recordRuntime(workspace: string): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.start");
  for (let n = 0; n < 200; n += 1) JSON.parse(read("package-lock.json"));
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  writeFileSync(join(workspace, "run.cpuprofile"), JSON.stringify(profile));
  writeHeapSnapshot(join(workspace, "heap.heapsnapshot"));
}

function nodejs(): Inputs {
  const files = {
    "package.json": read("package.json"),
    "package-lock.json": read("package-lock.json"),
  };
  const commander = folder("node_modules/commander", "{*.js,lib/*.js,package.json,typings/*}");
  return {
    node_package_review: { files },
    node_dependency_graph: { files },
    node_vulnerability_scan: {
      files,
      advisories: [
        { id: "OSV-1", affected: [{ package: { ecosystem: "npm", name: "yaml" }, ranges: [] }] },
      ],
    },
    node_bundle_analyze: { files: commander, entries: ["index.js"], platform: "node" },
    node_cpu_profile_analyze: { path: "run.cpuprofile" },
    node_heap_snapshot_analyze: { path: "heap.heapsnapshot" },
    node_module_compat: { files: commander },
    node_async_hazards: { content: read("node_modules/commander/lib/help.js") },
  };
}

function python(): Inputs {
  const content = read("node_modules/node-gyp/gyp/pylib/gyp/common.py");
  return {
    python_lint: { content },
    python_format: { content },
    python_type_check: { content },
    python_complexity: { content },
    python_dependency_review: {
      files: { "requirements.txt": "requests>=2\nflask==3.0.0\nrequests<2\n" },
    },
    python_import_graph: { files: folder("node_modules/node-gyp/gyp/pylib", "**/*.py") },
    python_security_scan: { content },
    python_upgrade_plan: { content, target: "3.13" },
    python_profile_analyze: {
      content: Array.from({ length: 2_000 }, (_, n) => `main;run;step_${n % 40} ${n}`).join("\n"),
    },
  };
}

function docker(): Inputs {
  const content = read("node_modules/redis-commander/Dockerfile");
  const compose = read("node_modules/redis-commander/docker-compose.yml");
  return {
    dockerfile_lint: { content },
    dockerfile_optimize: { content },
    dockerfile_generate: { files: { "package.json": read("package.json") } },
    compose_validate: { content: compose },
    compose_to_kubernetes: { content: compose },
    kubernetes_validate: {
      content: `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec:\n  selector: { matchLabels: { app: web } }\n  template:\n    metadata: { labels: { app: web } }\n    spec: { containers: [{ name: web, image: "web:1" }] }\n`,
    },
    kubernetes_generate: { name: "web", image: "web:1.2", ports: [{ port: 8080 }] },
    container_security_scan: { files: { Dockerfile: content, "docker-compose.yml": compose } },
  };
}

function quality(): Inputs {
  const content = read("node_modules/commander/lib/help.js");
  const code = { content, filename: "help.js" };
  const files = folder("node_modules/commander", "{*.js,lib/*.js,package.json}");
  return {
    code_lint: code,
    code_format: code,
    code_complexity: code,
    code_duplicates: { files },
    code_dead: { files },
    code_secrets: code,
    code_refactor: code,
  };
}

function webdesign(): Inputs {
  const content = read("node_modules/startbootstrap-grayscale/dist/index.html");
  const css = read("node_modules/normalize.css/normalize.css");
  return {
    accessibility_audit: { content },
    html_validate: { content },
    css_analyze: { content: css },
    page_weight: { content },
    responsive_check: { content, widths: [390] },
    seo_review: { content },
    design_tokens: { content: css },
  };
}

function database(): Inputs {
  const ddl = hundredTables();
  const sql = Array.from({ length: 50 }, () => slow).join(";\n");
  return {
    sql_lint: { sql },
    sql_format: { sql },
    sql_explain: { ddl: shop, sql: slow, rows: { customers: 1_000, orders: 20_000 } },
    index_advisor: {
      ddl: shop,
      workload: [{ sql: slow }],
      rows: { customers: 1_000, orders: 20_000 },
    },
    schema_review: { ddl },
    schema_diagram: { ddl },
    migration_review: {
      ddl: shop,
      migration: "ALTER TABLE orders ALTER COLUMN total SET NOT NULL",
    },
    nosql_schema: {
      documents: Array.from({ length: 1_000 }, (_, n) => ({
        id: n,
        name: `n${n}`,
        tags: ["a", "b"],
      })),
    },
  };
}

function others(): Inputs {
  const document = read("node_modules/@readme/oas-examples/3.0/json/petstore.json");
  return {
    openapi_lint: { content: document },
    openapi_security: { content: document },
    openapi_diff: { before: { content: document }, after: { content: document } },
    graphql_review: {
      schema: "type Query { user(id: ID!): User }\ntype User { id: ID! friends: [User!]! }",
    },
    api_mock_check: { content: document, examples: true },
    architecture_review: { files: folder("node_modules/ajv", "lib/**/*.ts") },
    migration_plan: { goal: "esm", files: folder("node_modules/commander", "{*.js,lib/*.js}") },
  };
}

/** By pack, so that a missing package stops one pack alone. */
export const TYPICAL: Readonly<Record<string, () => Inputs>> = {
  nodejs,
  python,
  docker,
  quality,
  webdesign,
  database,
  api: others,
  architecture: others,
};

/** Extensions that the scratch PostgreSQL has. Apart from the engine, so that reviews know them without loading it. */
export const knownExtensions: ReadonlySet<string> = new Set([
  "btree_gin",
  "btree_gist",
  "citext",
  "hstore",
  "ltree",
  "pg_trgm",
  "pgcrypto",
  "plpgsql",
  "tablefunc",
  "unaccent",
  "uuid-ossp",
]);

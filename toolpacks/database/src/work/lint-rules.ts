/** What is looked for in SQL, in words, and the dialects it is looked for in. */
import type { Finding } from "flotilla/worker/review";

/** Snowflake is missing on purpose: the parser does not know its DELETE, so every lint of one would be a false alarm. */
export const DIALECTS = [
  "postgresql",
  "mysql",
  "mariadb",
  "sqlite",
  "transactsql",
  "bigquery",
  "redshift",
  "trino",
  "hive",
  "athena",
  "db2",
  "flinksql",
] as const;
export type Dialect = (typeof DIALECTS)[number];

/** The rules in words: one table, so that every dialect says the same about the same thing. */
export const RULES = {
  "syntax-error": ["error", "The statement cannot be read.", undefined],
  "update-without-where": [
    "error",
    "Every row of the table is changed.",
    "Add a WHERE clause, or say WHERE true if all rows are meant.",
  ],
  "delete-without-where": [
    "error",
    "Every row of the table is deleted.",
    "Add a WHERE clause, or use TRUNCATE if all rows are meant.",
  ],
  "equals-null": [
    "error",
    "A comparison with NULL by = or <> is never true.",
    "Use IS NULL or IS NOT NULL.",
  ],
  "not-in-subquery": [
    "warning",
    "NOT IN with a subquery finds nothing as soon as the subquery yields one NULL.",
    "Use NOT EXISTS.",
  ],
  "missing-join-condition": [
    "warning",
    "Two tables are combined without a condition: every row with every row.",
    "Add the join condition, or write CROSS JOIN if all pairs are meant.",
  ],
  "natural-join": [
    "warning",
    "NATURAL JOIN joins on whatever columns happen to share a name.",
    "Name the columns with USING or ON.",
  ],
  "leading-wildcard": [
    "warning",
    "A pattern that starts with a wildcard cannot use a plain index.",
    "Use a trigram or full-text index, or search for a prefix.",
  ],
  "function-on-column": [
    "warning",
    "A function around a column in a condition keeps a plain index on the column from being used.",
    "Compare the bare column with a range, or index the expression.",
  ],
  "insert-without-columns": [
    "warning",
    "The values depend on the order of the table's columns.",
    "List the columns.",
  ],
  "order-by-random": [
    "warning",
    "All rows are read and sorted to pick a few.",
    "Use TABLESAMPLE, or pick random keys first.",
  ],
  "limit-without-order": [
    "warning",
    "Which rows are returned is left to chance.",
    "Add ORDER BY with a unique last column.",
  ],
  "large-offset": [
    "warning",
    "All skipped rows are read and thrown away.",
    "Page by the last seen key: WHERE id > … ORDER BY id LIMIT …",
  ],
  "select-star": [
    "info",
    "SELECT * returns more than is needed and changes with the table.",
    "List the columns.",
  ],
  "order-by-position": [
    "info",
    "A position in ORDER BY or GROUP BY silently means another column when the list changes.",
    "Name the column.",
  ],
  "count-for-existence": [
    "info",
    "All rows are counted to learn whether there is one.",
    "Use EXISTS.",
  ],
  "union-distinct": [
    "info",
    "UNION sorts or hashes everything to remove duplicates.",
    "Use UNION ALL where duplicates cannot occur or do not matter.",
  ],
  "huge-in-list": [
    "info",
    "A very long IN list is slow to parse and plan.",
    "Use = ANY with an array, or join a temporary table or VALUES.",
  ],
  "timestamp-without-zone": [
    "info",
    "timestamp without time zone does not say which moment it means.",
    "Use timestamptz.",
  ],
  "between-timestamps": [
    "info",
    "BETWEEN includes its end: rows exactly at the end fall into two neighbouring ranges.",
    "Use >= start AND < end.",
  ],
  "select-distinct-join": [
    "info",
    "DISTINCT over a join often hides a join that multiplies rows.",
    "Check the join; EXISTS may be what is meant.",
  ],
  "having-without-aggregate": [
    "info",
    "A HAVING condition without an aggregate filters after grouping what WHERE could filter before.",
    "Move it to WHERE.",
  ],
  "money-type": [
    "info",
    "The money type depends on the server's locale.",
    "Use numeric with a currency column.",
  ],
} as const satisfies Record<string, readonly [Finding["severity"], string, string | undefined]>;

export type Rule = keyof typeof RULES;

export function finding(rule: Rule, more: Partial<Finding>): Finding {
  const [severity, message, fix] = RULES[rule];
  return { rule, severity, message, ...(fix === undefined ? {} : { fix }), ...more };
}

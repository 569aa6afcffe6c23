/** Things a person asks of a model, and the tools it needs one after the other, each found by the words given. */
export interface Task {
  title: string;
  steps: readonly { query: string; right: readonly string[] }[];
}

export const TASKS: readonly Task[] = [
  {
    title: "Explain one slow query",
    steps: [{ query: "explain a slow sql query", right: ["sql_explain"] }],
  },
  {
    title: "Read a migration from disk and review it",
    steps: [
      { query: "read a text file", right: ["files_read_text_file", "files_read_file"] },
      { query: "review a database migration", right: ["migration_review"] },
    ],
  },
  {
    title: "File a bug with the error of today, and tell the team",
    steps: [
      { query: "latest errors of the application", right: ["sentry_list_errors"] },
      { query: "create an issue on github", right: ["github_create_issue"] },
      { query: "post a message to a slack channel", right: ["slack_create_message"] },
    ],
  },
  {
    title: "Refund an order and write to the customer",
    steps: [
      {
        query: "look up an order in the shop",
        right: ["shopify_get_order", "shopify_list_orders"],
      },
      { query: "refund a payment", right: ["stripe_create_refund"] },
      { query: "send an email", right: ["gmail_create_email", "gmail_create_draft"] },
    ],
  },
];

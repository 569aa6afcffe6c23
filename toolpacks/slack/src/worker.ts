/** Slack as a worker. */
import { defineWorker } from "flotilla/worker";
import type { Worker } from "flotilla/worker";
import { createSlack, type SlackParts } from "./api.ts";
import { slackChannels, slackHistory, slackSend } from "./tools.ts";

const INSTRUCTIONS =
  "One Slack workspace. Find a channel's id with slack_channels, read it with slack_history. slack_send is seen by people at once: ask before you send.";

export function createWorker(parts: Partial<SlackParts> = {}): Worker {
  const slack = createSlack({ env: process.env, fetch, ...parts });
  return defineWorker({
    name: "slack",
    version: "0.1.0",
    title: "Slack",
    instructions: INSTRUCTIONS,
    tools: [slackSend, slackChannels, slackHistory].map((tool) => tool(slack)),
  });
}

import { defineTool, defineWorker, structured } from "flotilla/worker";

const countWords = defineTool<{ text: string }>({
  name: "count_words",
  title: "Count words",
  description: "Counts the words and characters of a text. Use it instead of estimating.",
  input: {
    type: "object",
    properties: { text: { type: "string", description: "The text to count in." } },
    required: ["text"],
    additionalProperties: false,
  },
  output: {
    type: "object",
    properties: { words: { type: "integer" }, characters: { type: "integer" } },
    required: ["words", "characters"],
  },
  annotations: { readOnlyHint: true },
  examples: [{ title: "A sentence", arguments: { text: "Every ship is a city." } }],
  run({ text }) {
    const words = text.split(/\s+/).filter((word) => word !== "").length;
    const characters = Array.from(text).length;
    return structured({ words, characters }, `${words} words, ${characters} characters`);
  },
});

export const worker = defineWorker({
  name: "hello",
  version: "0.1.0",
  instructions: "Facts about texts.",
  tools: [countWords],
});

import { expect, test } from "vitest";
import type { Item } from "../catalog/build-view.ts";
import { createToolIndex } from "./tool-index.ts";

function item(worker: string, name: string, more: Record<string, unknown> = {}): Item {
  const exposed = `${worker}_${name}`;
  const definition = { name, ...more };
  return { worker, original: name, exposed, definition, text: JSON.stringify(definition) };
}

const FLEET = [
  item("github", "create_issue", { description: "Creates an issue in a repository." }),
  item("github", "list_issues", { description: "Lists the issues of a repository." }),
  item("github", "mergePullRequest", { description: "Merges a pull request." }),
  item("files", "read_file", { description: "Reads a file from disk." }),
  item("files", "remove_file", { description: "Erases one file." }),
  item("weather", "forecast", {
    description: "Tells the weather.",
    inputSchema: {
      type: "object",
      properties: { latitude: { type: "number", description: "degrees north" } },
    },
  }),
];

function indexOf(items: readonly Item[]) {
  const index = createToolIndex();
  index.sync(items);
  return (query: string, limit = 5) => index.find(query, { limit }).map(({ exposed }) => exposed);
}

test("finds by words of the name, in any form", () => {
  const find = indexOf(FLEET);
  expect(find("creating issues")[0]).toBe("github_create_issue");
  expect(find("merge pull requests")[0]).toBe("github_mergePullRequest");
  expect(find("github_list_issues")[0]).toBe("github_list_issues");
});

test("finds by synonym, by argument, by server and past a slip of the finger", () => {
  const find = indexOf(FLEET);
  expect(find("delete file")[0]).toBe("files_remove_file");
  expect(find("latitude")).toEqual(["weather_forecast"]);
  expect(find("open a bug on github")[0]).toBe("github_create_issue");
  expect(find("forcast")[0]).toBe("weather_forecast");
});

test("gives no more than asked for, nothing for nothing, and only what is admitted", () => {
  const index = createToolIndex();
  index.sync(FLEET);
  expect(index.find("file", { limit: 1 })).toHaveLength(1);
  expect(index.find("of the and", { limit: 5 })).toEqual([]);
  expect(index.find("zzzzqqqq", { limit: 5 })).toEqual([]);
  const found = index.find("issue file", { limit: 9, admits: ({ worker }) => worker === "files" });
  expect(new Set(found.map(({ worker }) => worker))).toEqual(new Set(["files"]));
});

test("follows the list: new tools are found, changed ones anew, gone ones no more", () => {
  const index = createToolIndex();
  index.sync(FLEET);
  const changed = item("files", "read_file", { description: "Opens a parchment." });
  const added = item("music", "play_song", { description: "Plays a song." });
  index.sync([...FLEET.filter(({ worker }) => worker !== "files"), changed, added]);
  const names = (query: string) => index.find(query, { limit: 5 }).map(({ exposed }) => exposed);
  expect(names("parchment")).toEqual(["files_read_file"]);
  expect(names("song")).toEqual(["music_play_song"]);
  expect(names("erases")).toEqual([]);
  index.sync([]);
  expect(names("song parchment issue")).toEqual([]);
});

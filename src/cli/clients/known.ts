/** The MCP clients we know: where each keeps its servers, and how it writes one that is reached by URL. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CliIo } from "../io.ts";

export type Place = Pick<CliIo, "env" | "home" | "platform" | "cwd">;

export interface KnownClient {
  id: string;
  title: string;
  format: "json" | "toml";
  /** The path of the server list inside the file. */
  list: readonly string[];
  /** For the user's whole account. */
  userFile(place: Place): string;
  /** For the project in the working folder, where the client knows such a thing. */
  projectFile?(place: Place): string;
  /** The entry that makes it use a fleet. */
  entry(endpoint: string): Record<string, unknown>;
  /** What the person does next. */
  next: string;
}

/** Where programs keep settings, as each platform has it. */
function settingsFolder({ env, home, platform }: Place): string {
  if (platform === "win32") return env["APPDATA"] ?? join(home, "AppData", "Roaming");
  if (platform === "darwin") return join(home, "Library", "Application Support");
  return env["XDG_CONFIG_HOME"] || join(home, ".config");
}

/**
 * Claude Desktop starts programs but does not dial URLs from this file, so it starts our bridge. Absolute paths:
 * programs started from a desktop have another PATH than a shell.
 */
function bridge(endpoint: string): Record<string, unknown> {
  const main = fileURLToPath(new URL("../main.ts", import.meta.url));
  const { origin, pathname } = new URL(endpoint);
  const worker = /\/mcp\/([^/]+)$/.exec(pathname)?.[1];
  const base = `${origin}${pathname.replace(/\/mcp(\/[^/]+)?$/, "")}`;
  const args = [main, "bridge", "--url", base];
  if (worker !== undefined) args.push("--worker", decodeURIComponent(worker));
  return { command: process.execPath, args };
}

export const CLIENTS: readonly KnownClient[] = [
  {
    id: "claude-desktop",
    title: "Claude Desktop",
    format: "json",
    list: ["mcpServers"],
    userFile: (place) => join(settingsFolder(place), "Claude", "claude_desktop_config.json"),
    entry: bridge,
    next: "Restart Claude Desktop.",
  },
  {
    id: "claude-code",
    title: "Claude Code",
    format: "json",
    list: ["mcpServers"],
    userFile: ({ home }) => join(home, ".claude.json"),
    projectFile: ({ cwd }) => join(cwd, ".mcp.json"),
    entry: (url) => ({ type: "http", url }),
    next: "Start a new Claude Code session.",
  },
  {
    id: "cursor",
    title: "Cursor",
    format: "json",
    list: ["mcpServers"],
    userFile: ({ home }) => join(home, ".cursor", "mcp.json"),
    projectFile: ({ cwd }) => join(cwd, ".cursor", "mcp.json"),
    entry: (url) => ({ url }),
    next: "Cursor picks it up; look under Settings, MCP.",
  },
  {
    id: "vscode",
    title: "VS Code",
    format: "json",
    list: ["servers"],
    userFile: (place) => join(settingsFolder(place), "Code", "User", "mcp.json"),
    projectFile: ({ cwd }) => join(cwd, ".vscode", "mcp.json"),
    entry: (url) => ({ type: "http", url }),
    next: "Run `MCP: List Servers` in VS Code and start it.",
  },
  {
    id: "windsurf",
    title: "Windsurf",
    format: "json",
    list: ["mcpServers"],
    userFile: ({ home }) => join(home, ".codeium", "windsurf", "mcp_config.json"),
    entry: (serverUrl) => ({ serverUrl }),
    next: "Refresh the servers in Windsurf's Cascade panel.",
  },
  {
    id: "zed",
    title: "Zed",
    format: "json",
    list: ["context_servers"],
    userFile: (place) => {
      // Zed keeps to ~/.config on macOS too.
      const { platform, home, env } = place;
      if (platform === "win32") return join(settingsFolder(place), "Zed", "settings.json");
      const xdg = platform === "linux" ? env["XDG_CONFIG_HOME"] : undefined;
      return join(xdg || join(home, ".config"), "zed", "settings.json");
    },
    projectFile: ({ cwd }) => join(cwd, ".zed", "settings.json"),
    entry: (url) => ({ url }),
    next: "Zed picks it up; look in the Agent panel's settings.",
  },
  {
    id: "codex",
    title: "Codex",
    format: "toml",
    list: ["mcp_servers"],
    userFile: ({ home, env }) => join(env["CODEX_HOME"] || join(home, ".codex"), "config.toml"),
    entry: (url) => ({ url }),
    next: "Start a new Codex session.",
  },
];

/** Every file that may hold servers, for `import`: user files, this project's, and VS Code's older place. */
export function importPlaces(place: Place): { client: KnownClient; file: string }[] {
  return CLIENTS.flatMap((client) => {
    const files = [client.userFile(place), client.projectFile?.(place)];
    if (client.id === "vscode")
      files.push(join(settingsFolder(place), "Code", "User", "settings.json"));
    return files.filter((file) => file !== undefined).map((file) => ({ client, file }));
  });
}

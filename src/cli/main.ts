#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Before anything else is loaded: types are stripped and code compiled once, not at every start.
enableCompileCache();
const [{ processIo }, { runCli }] = await Promise.all([import("./io.ts"), import("./run.ts")]);

const code = await runCli(process.argv.slice(2), processIo());
// Not `process.exit`: output that is still on its way through a pipe would be lost.
process.exitCode = code;

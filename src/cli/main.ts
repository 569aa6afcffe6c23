#!/usr/bin/env node
import { processIo } from "./io.ts";
import { runCli } from "./run.ts";

const code = await runCli(process.argv.slice(2), processIo());
// Not `process.exit`: output that is still on its way through a pipe would be lost.
process.exitCode = code;

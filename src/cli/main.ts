#!/usr/bin/env node
/** The executable: hands the process to the command, and the exit code back to the process. */

import process from "node:process";
import { copath } from "./copath.ts";
import { Terminal } from "./terminal.ts";

/** Whoever reads the output may have seen enough, as `head` does: that is no failure. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}

process.exitCode = await copath(process.argv.slice(2), new Terminal(process));

/** `npm run bench:browser`: the same rows in Chromium, on Web Cryptography. COPATH_CHROMIUM says where the browser is. */

import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { build } from "esbuild";
import { chromium } from "playwright";
import { Terminal } from "../../src/cli/terminal.ts";
import { benchArguments } from "../arguments.ts";
import type { Row } from "../measure.ts";
import { planRows } from "../plan.ts";
import { printResults } from "../report.ts";
import type { Results } from "../results.ts";
import type { Page as BenchPage, PageRow } from "./page.ts";

declare const copathBench: BenchPage;

const args = process.argv.slice(2);
const terminal = new Terminal({ stdout: process.stdout, stderr: process.stderr, env: process.env });
const given = benchArguments(args);
const rows = planRows({
  ...given,
  suites: given.suites.length > 0 ? given.suites : [1],
  backends: given.backends.length > 0 ? given.backends : ["webcrypto"],
  sizes: given.sizes.length > 0 ? given.sizes : given.quick ? [16] : [16, 128, 1024],
});
const schedule = { milliseconds: given.milliseconds, rounds: 5 };

const server = await served(await bundled());
const browser = await chromium.launch({
  executablePath: process.env.COPATH_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-background-networking"],
});
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const measured: Row[] = [];
  for (const [done, { verb, ...rest }] of rows.entries()) {
    terminal.progress(done, rows.length, `${verb.name}, N = ${rest.size}`);
    const planned: PageRow = { ...rest, verb: verb.name };
    measured.push(await page.evaluate(([row, terms]) => copathBench.row(row, terms), [planned, schedule] as const));
  }
  terminal.endProgress();
  const results: Results = {
    command: `npm run bench:browser -- ${args.join(" ")}`,
    runtime: `Chromium ${browser.version()}`,
    rows: measured,
    series: [],
    memory: [],
    filling: [],
    startup: [],
  };
  printResults(terminal, results);
  if (given.json !== undefined) await writeFile(given.json, `${JSON.stringify(results, null, 2)}\n`);
} finally {
  await browser.close();
  server.close();
}

async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [resolve("bench/browser/page.ts")],
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    logLevel: "warning",
  });
  return outputFiles[0]?.text ?? "";
}

/** Pages of this machine's own address are trusted with Web Cryptography. */
function served(script: string): Promise<ReturnType<typeof createServer>> {
  const listening = createServer(({ url }, response) => {
    const [type, body] =
      url === "/page.js"
        ? ["text/javascript", script]
        : ["text/html", '<!doctype html><script type="module" src="/page.js"></script>'];
    response.setHeader("Content-Type", type);
    // An isolated page has a clock of 5 µs instead of 100.
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    response.end(body);
  });
  return new Promise((done) => listening.listen(0, "127.0.0.1", () => done(listening)));
}

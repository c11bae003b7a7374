#!/usr/bin/env node
/**
 * Fetches the published test vectors that SOURCES.json pins into test-vectors/published/, which git ignores.
 * Files that are present and right are left alone. `--from URL` names a mirror with GitHub's raw layout.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";

const here = import.meta.dirname;
const { values } = parseArgs({
  options: {
    from: { type: "string", default: "https://raw.githubusercontent.com" },
    to: { type: "string", default: join(here, "published") },
  },
});

const isPinned = (bytes, { sha256 }) => createHash("sha256").update(bytes).digest("hex") === sha256;

async function isPresent(pin) {
  try {
    return isPinned(await readFile(join(values.to, pin.file)), pin);
  } catch (error) {
    if (error.code === "ENOENT") return false;
    throw error;
  }
}

async function download(url) {
  let response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(120_000) });
  } catch (error) {
    throw new Error(`${url} cannot be reached: ${error.cause?.message ?? error.message}. Is there a network?`);
  }
  if (!response.ok) throw new Error(`${url} answers ${response.status} ${response.statusText}`);
  return Buffer.from(await response.arrayBuffer());
}

async function fetchPinned({ repository, commit }, pin) {
  const url = [values.from, repository, commit, pin.path].join("/");
  const bytes = await download(url);
  if (!isPinned(bytes, pin)) throw new Error(`${url} is not the pinned file: its SHA-256 differs`);
  const target = join(values.to, pin.file);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(`${target}.part`, bytes);
  await rename(`${target}.part`, target);
}

async function main() {
  const { sources } = JSON.parse(await readFile(join(here, "SOURCES.json"), "utf8"));
  for (const source of sources) {
    for (const pin of source.files) {
      if (await isPresent(pin)) console.log(`present     ${pin.file}`);
      else if (source.repository === undefined) console.log(`by hand     ${pin.file} (${source.transcribedFrom})`);
      else {
        await fetchPinned(source, pin);
        console.log(`downloaded  ${pin.file}`);
      }
    }
  }
}

await main().catch((error) => {
  console.error(`copath: ${error.message}`);
  process.exitCode = 1;
});

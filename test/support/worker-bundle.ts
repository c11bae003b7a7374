/** Programs for worker threads of Node, which take no TypeScript on every version. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const resolveDir = fileURLToPath(new URL("../../", import.meta.url));

/** A module of the repository's root, with everything that it imports, as a script for `new Worker(…, { eval: true })`. */
export async function bundledForWorker(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir, loader: "ts" },
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
  });
  return outputFiles[0]?.text ?? "";
}

/**
 * Lets the tests run in a browser as they are: Web Cryptography stands in for the backend of Node, and the few built-in
 * modules that tests use have stand-ins in this folder. Files are read through the development server.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vitest/config";

/** The address under which the server has the file system, for `node-fs.ts`. */
export const FILES = "/__files__";

/** A page with `insecure.ts` in it. */
const INSECURE_PAGE = "/__insecure__";

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

const STAND_INS: Readonly<Record<string, string>> = {
  "node:crypto": here("./node-crypto.ts"),
  "node:fs": here("./node-fs.ts"),
  "node:path": here("./node-path.ts"),
  "node:url": here("./node-url.ts"),
  "node:util": here("./node-util.ts"),
  "node:vm": here("./node-vm.ts"),
};
const NODE_BACKEND = here("../../src/backends/node/index.ts");

const TESTS = here("../");

/** `folders`: absolute paths of what the pages may read. */
export function nodeInBrowser(folders: readonly string[]): Plugin {
  const readable = (path: string) =>
    !path.split(sep).includes("..") && folders.some((folder) => path === folder || path.startsWith(folder + sep));
  return {
    name: "node-in-browser",
    enforce: "pre",
    async resolveId(source, importer, options) {
      if (source in STAND_INS) return STAND_INS[source];
      if (!source.endsWith("backends/node/index.ts")) return null;
      const resolved = await this.resolve(source, importer, { ...options, skipSelf: true });
      return resolved?.id === NODE_BACKEND ? here("./node-backend.ts") : resolved;
    },
    transform(code, id) {
      // Otherwise the server takes addresses of folders for modules, and leads to their index.
      return id.startsWith(TESTS) ? code.replaceAll("import.meta.url", "import.meta.url.toString()") : null;
    },
    configureServer(server) {
      server.middlewares.use(INSECURE_PAGE, (_, response) => {
        response.setHeader("Content-Type", "text/html");
        response.end('<script type="module" src="/test/browser/insecure.ts"></script>');
      });
      server.middlewares.use(FILES, (request, response) => {
        const { pathname, search } = new URL(request.url ?? "/", "file:///");
        const path = decodeURIComponent(pathname);
        try {
          if (!readable(path)) throw new Error(`${path} is not for pages`);
          response.end(search === "?list" ? JSON.stringify(readdirSync(path)) : readFileSync(path));
        } catch {
          response.statusCode = readable(path) && !existsSync(path) ? 404 : 403;
          response.end();
        }
      });
    },
  };
}

import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** The package by its own name, as `bench` uses it, without a build. */
const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));
const alias = [
  { find: /^copath$/, replacement: source("index.ts") },
  { find: /^copath\/suites\/(.*)$/, replacement: source("suites/$1.ts") },
  { find: /^copath\/(.*)$/, replacement: source("$1/index.ts") },
];

export default defineConfig({
  resolve: { alias },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/**/*.browser.test.ts"],
    environment: "node",
    pool: "threads",
    testTimeout: 60_000,
    coverage: { provider: "v8", include: ["src/**/*.ts"], exclude: ["src/cli/**"], reporter: ["text", "json-summary"] },
  },
});

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/**/*.browser.test.ts"],
    environment: "node",
    pool: "threads",
    testTimeout: 60_000,
    coverage: { provider: "v8", include: ["src/**/*.ts"], exclude: ["src/cli/**"], reporter: ["text", "json-summary"] },
  },
});

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { nodeInBrowser } from "./test/browser/plugin.ts";

const executablePath = process.env.COPATH_CHROMIUM ?? "/usr/bin/chromium";
if (!existsSync(executablePath)) {
  throw new Error(`There is no Chromium at ${executablePath}: install one, or say where it is in COPATH_CHROMIUM.`);
}

/** Tests of what exists in Node only. */
const NODE_ONLY = [
  // The command, and the package as files: processes, folders, bundles.
  "test/cli/**",
  "test/bench/**",
  "test/package/**",
  "test/conformance/**",
  "test/backends/auto.test.ts",
  "test/backends/bundle.test.ts",
  "test/group/remote-signer.test.ts",
  // The backend of Node itself. Here every test of it is one of Web Cryptography, and needs no repetition.
  "test/backends/node.test.ts",
  "test/backends/webcrypto-equality.test.ts",
  "test/backends/webcrypto-vectors.test.ts",
  // What the compiler says of types.
  "test/wire/names.test.ts",
];

const root = fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "");
const FLAGS = [
  "--no-sandbox",
  "--disable-background-networking",
  // Another name of this machine, which is not trusted as `localhost` is.
  "--host-resolver-rules=MAP insecure.test 127.0.0.1",
];

const { CI, COPATH_HOSTILE_BUDGET, COPATH_HOSTILE_SEED } = process.env;
// It may be anywhere: the server reads it for the pages.
const COPATH_TEST_VECTORS = process.env.COPATH_TEST_VECTORS && resolve(process.env.COPATH_TEST_VECTORS);

export default defineConfig({
  server: { allowedHosts: ["insecure.test"] },
  plugins: [nodeInBrowser(COPATH_TEST_VECTORS ? [root, COPATH_TEST_VECTORS] : [root])],
  define: {
    __ROOT__: JSON.stringify(root),
    __ENV__: JSON.stringify({ CI, COPATH_TEST_VECTORS, COPATH_HOSTILE_BUDGET, COPATH_HOSTILE_SEED }),
  },
  // Found before the first test, or the page would be loaded anew in the middle of one.
  optimizeDeps: {
    include: [
      "@hpke/core",
      "@noble/ciphers/aes.js",
      "@noble/ciphers/chacha.js",
      "@noble/curves/ed25519.js",
      "@noble/curves/ed448.js",
      "@noble/curves/nist.js",
      "@noble/curves/utils.js",
      "@noble/hashes/hkdf.js",
      "@noble/hashes/hmac.js",
      "@noble/hashes/sha2.js",
      "@noble/hashes/sha3.js",
      "@noble/hashes/utils.js",
      "fast-check",
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: NODE_ONLY,
    setupFiles: ["test/browser/setup.ts"],
    testTimeout: 120_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      api: { host: "127.0.0.1" },
      provider: playwright({
        launchOptions: { executablePath, args: FLAGS },
      }),
      instances: [{ browser: "chromium" }],
    },
  },
});

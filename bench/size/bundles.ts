/** What is weighed: applications of suite 1, and every subpath by itself. */

import { gzipSync } from "node:zlib";
import { build } from "esbuild";

export interface Weighed {
  readonly name: string;
  readonly code: string;
  /** Not put into the bundle. */
  readonly external: readonly string[];
}

/** In octets. */
export interface Weight {
  readonly name: string;
  readonly minified: number;
  readonly gzipped: number;
}

const VERBS = "acceptCommit, createCommit, createGroup, createKeyPackage, dispose, joinGroup, processMessage, protect";
const FIVE = "aes128Gcm, dhkemX25519, ed25519, hkdfSha256, sha256";

function application(names: string, primitives: string): string {
  return `
    export ${names} from "copath";
    export { cipherSuite, generateSigner } from "copath/crypto";
    export { MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 } from
      "copath/suites/mls-128-dhkemx25519-aes128gcm-sha256-ed25519";
    ${primitives}
    export const backend = {
      name: "suite 1",
      kems: [dhkemX25519], kdfs: [hkdfSha256], aeads: [aes128Gcm], hashes: [sha256], signatures: [ed25519],
    };`;
}

const fiveOf = (backend: string) => `import { ${FIVE} } from "copath/backends/${backend}";`;

/** No curve in JavaScript to fall back on. */
const PLATFORM = `
    import { aes128Gcm, hkdfSha256, platformCurve25519, sha256 } from "copath/backends/webcrypto";
    const { dhkemX25519, ed25519 } = await platformCurve25519();`;

const SUITE = `export * from "copath/suites/mls-128-dhkemx25519-aes128gcm-sha256-ed25519";`;

/** @param subpaths as they are imported */
export function weighedOf(subpaths: readonly string[]): Weighed[] {
  const client = `{ ${VERBS} }`;
  return [
    { name: "client of suite 1, noble", code: application(client, fiveOf("noble")), external: [] },
    { name: "client of suite 1, webcrypto", code: application(client, fiveOf("webcrypto")), external: [] },
    { name: "client of suite 1, webcrypto alone", code: application(client, PLATFORM), external: [] },
    { name: "client of suite 1, no primitives", code: application(client, fiveOf("noble")), external: ["@noble/*"] },
    { name: "all of copath, suite 1, noble", code: application("*", fiveOf("noble")), external: [] },
    ...subpaths.map((name) => ({ name, code: subpathCode(name), external: [] })),
  ];
}

function subpathCode(name: string): string {
  return name === "copath/suites/*" ? SUITE : `export * from "${name}";`;
}

/** As a bundler for browsers makes it. What is of Node stays outside. */
export async function weigh({ name, code, external }: Weighed, root: string): Promise<Weight> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root, loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    external: [...external, "node:*"],
    write: false,
    legalComments: "none",
    logLevel: "silent",
  });
  const text = outputFiles.map((file) => file.text).join("\n");
  return { name, minified: Buffer.byteLength(text), gzipped: gzipSync(text, { level: 9 }).length };
}

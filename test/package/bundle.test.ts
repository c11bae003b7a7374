/**
 * What a bundler makes of the package for browsers: every subpath but that of Node bundles without anything of Node, and
 * a bundle holds no primitive and no cipher suite that was not named. The sources are bundled: compiling only removes types.
 */
import { gzipSync } from "node:zlib";
import { type BuildFailure, build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { browserSubpaths, root, sourceOf, subpaths } from "./subpaths.ts";

interface Bundle {
  readonly text: string;
  /** The files that something of is in it. */
  readonly files: readonly string[];
}

async function bundle(contents: string, external: string[] = []): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root, loader: "ts" },
    bundle: true,
    external,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    metafile: true,
    legalComments: "none",
    logLevel: "silent",
    plugins: [
      {
        name: "the package by its own name",
        setup({ onResolve }) {
          onResolve({ filter: /^copath(\/|$)/ }, ({ path }) => ({ path: sourceOf(path) }));
        },
      },
    ],
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const files = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file);
  return { text: outputFiles.map((file) => file.text).join("\n"), files };
}

describe("a bundle for browsers", () => {
  it.each(browserSubpaths.map(({ name }) => name))("%s needs nothing of Node", async (name) => {
    const { text } = await bundle(`export * from "${name}";`);
    expect(text.match(/\b(?:import|require)\(?["'](?!\.)[^"']*/g)).toBeNull();
    expect(text.match(/\b(?:Buffer|process|global)\.\w+|__dirname|__filename/g)).toBeNull();
  });

  it.each(["fs", "node:crypto"])("fails where %s is imported", async (name) => {
    await expect(bundle(`import "${name}";`)).rejects.toThrow(`Could not resolve "${name}"`);
  });

  it("fails for the backend that is of Node", async () => {
    const failure: BuildFailure = await bundle(`export * from "copath/backends/node";`).then(
      () => expect.fail("it was bundled"),
      (error) => error,
    );
    expect(failure.errors.map(({ text }) => text)).toContain('Could not resolve "node:crypto"');
    expect(subpaths.length - browserSubpaths.length).toBe(1);
  });
});

const OTHERS = /P-?(?:256|384|521)|secp\d|X448|[Ee]d448|[Cc]ha[Cc]ha|SHA-?(?:384|512)|AES-256|MLS_256|MLS_128_DHKEMP/g;

const application = (backend: string, names = "*") => `
  export ${names} from "copath";
  export { cipherSuite, generateSigner } from "copath/crypto";
  export { MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 as suite } from
    "copath/suites/mls-128-dhkemx25519-aes128gcm-sha256-ed25519";
  ${backend}`;

/** Suite 1 with the primitives that it takes. */
const ITS_PRIMITIVES = `
  import { aes128Gcm, dhkemX25519, ed25519, hkdfSha256, sha256 } from "copath/backends/noble";
  export const backend = {
    name: "suite 1",
    kems: [dhkemX25519], kdfs: [hkdfSha256], aeads: [aes128Gcm], hashes: [sha256], signatures: [ed25519],
  };`;
const suite1 = application(ITS_PRIMITIVES);

describe("a bundle of suite 1 with its primitives", () => {
  let text: string;
  let files: readonly string[];
  beforeAll(async () => {
    ({ text, files } = await bundle(suite1));
  });

  it("holds the whole of `copath`, and of the primitives only what suite 1 takes", () => {
    expect(files).toContain("src/group/create-commit.ts");
    for (const needed of ["@noble/curves/ed25519.js", "@noble/ciphers/aes.js", "@noble/hashes/sha2.js"]) {
      expect(files.some((file) => file.endsWith(needed))).toBe(true);
    }
    const foreign = /curves\/(?:ed448|nist|p\d+|secp|abstract\/weierstrass)|ciphers\/(?:chacha|salsa|_arx)|@hpke/;
    expect(files.filter((file) => foreign.test(file))).toEqual([]);
    expect(files.filter((file) => file.startsWith("src/suites/"))).toHaveLength(1);
    expect(files.filter((file) => file.startsWith("src/explain/"))).toEqual([]);
    expect(files.filter((file) => file.startsWith("src/backends/"))).toEqual(
      files.filter((file) => file.startsWith("src/backends/noble/")),
    );
  });

  it("has no word of other curves, ciphers, hashes and suites", () => {
    expect(text.match(OTHERS)).toBeNull();
  });

  it("is as small as the README says", async () => {
    const size = (each: Bundle) => gzipSync(each.text).length;
    expect(gzipSync(text).length).toBeLessThan(75_000);
    expect(size(await bundle(suite1, ["@noble/*"]))).toBeLessThan(57_000);
    const client = `{
      acceptCommit, createCommit, createGroup, createKeyPackage, dispose, joinGroup, processMessage, protect
    }`;
    expect(size(await bundle(application(ITS_PRIMITIVES, client)))).toBeLessThan(65_000);
  });

  it("holds no curve where the platform's are the only ones", async () => {
    const { files } = await bundle(
      application(`export { platformCurve25519, aes128Gcm, hkdfSha256, sha256 } from "copath/backends/webcrypto";`),
    );
    expect(files).toContain("src/backends/webcrypto/curve25519.ts");
    expect(files.filter((file) => file.includes("@noble/curves"))).toEqual([]);
  });

  it("differs from one that names the whole backend", async () => {
    const whole = await bundle(application(`export { noble } from "copath/backends/noble";`));
    expect(new Set(whole.text.match(OTHERS)).size).toBeGreaterThan(5);
    expect(whole.text.length).toBeGreaterThan(text.length + 20_000);
  });
});

it("a bundle of the codec alone holds nothing of what is above it", async () => {
  const { files } = await bundle(`export * from "copath/codec";`);
  const rooms = files.filter((file) => file.startsWith("src/")).map((file) => file.split("/")[1]);
  expect([...new Set(rooms)].sort()).toEqual(["bytes.ts", "codec", "error-codes.ts", "errors.ts"]);
});

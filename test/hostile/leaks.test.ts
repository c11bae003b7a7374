/** No secret in errors, JSON, `util.inspect` or on the console (§16.8): all that the suite derived is looked for in all texts. */
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { toHex, utf8 } from "../../src/bytes.ts";
import type { CipherSuite, Random } from "../../src/crypto/cipher-suite.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import { createGroup } from "../../src/group/create.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { joinGroup } from "../../src/group/join.ts";
import { createKeyPackage } from "../../src/group/key-package.ts";
import { exportSecret } from "../../src/group/members.ts";
import { processMessage, protect } from "../../src/group/messages.ts";
import { acceptCommit } from "../../src/group/pending.ts";
import { createProposal } from "../../src/group/propose.ts";
import { decodeState, encodeState } from "../../src/group/snapshot.ts";
import { secretsHeld } from "../../src/group/state.ts";
import { dispose } from "../../src/secret.ts";
import { seededRandom } from "../../src/testing/index.ts";
import { drawsOf } from "../support/generate.ts";
import { basic, environmentOf, suiteOf } from "../support/group.ts";
import { inputs, seed } from "./support.ts";

/** RFC 9180 §5.1: two outputs of the KDF are not secret. */
const PUBLIC = ["info_hash", "psk_id_hash"].map((label) => toHex(utf8(label)));

/** A suite and randomness whose secrets are all written down, as copies. */
function listening() {
  const heard: Uint8Array[] = [];
  const note = <T extends Uint8Array>(octets: T): T => {
    if (octets.length >= 16) heard.push(octets.slice());
    return octets;
  };
  const base = suiteOf(1, noble);
  const { kdf, kem, signature } = base;
  const suite: CipherSuite = {
    ...base,
    kdf: {
      ...kdf,
      extract: (salt, ikm) => {
        const prk = kdf.extract(salt, ikm);
        return PUBLIC.some((label) => toHex(ikm.subarray(0, 64)).includes(label)) ? prk : note(prk);
      },
      expand: (prk, info, length) => note(kdf.expand(prk, info, length)),
    },
    kem: {
      ...kem,
      publicKeyOf: (privateKey) => kem.publicKeyOf(privateKey),
      checkPublicKey: (publicKey) => kem.checkPublicKey(publicKey),
      deriveKeyPair: async (ikm) => {
        const pair = await kem.deriveKeyPair(note(ikm as Uint8Array<ArrayBuffer>));
        note(pair.privateKey);
        return pair;
      },
      encap: async (publicKey, random) => {
        const made = await kem.encap(publicKey, random);
        note(made.sharedSecret);
        return made;
      },
      decap: async (enc, privateKey) => note(await kem.decap(enc, privateKey)),
    },
    signature: {
      ...signature,
      verifyMany: (requests) => signature.verifyMany(requests),
      checkPublicKey: (publicKey) => signature.checkPublicKey(publicKey),
      publicKeyOf: (privateKey) => signature.publicKeyOf(note(privateKey as Uint8Array<ArrayBuffer>)),
      sign: (privateKey, message) => signature.sign(note(privateKey as Uint8Array<ArrayBuffer>), message),
      generateKeyPair: async (random) => {
        const pair = await signature.generateKeyPair(random);
        note(pair.privateKey);
        return pair;
      },
    },
  };
  const stream = seededRandom("leaks");
  const random: Random = (length) => note(stream(length));
  return { heard, environment: environmentOf({ suite, random, policy: { sendWhileProposalsWait: true } }) };
}

/** Everything that a logger could make of a value. */
function textsOf(value: unknown): string {
  const plain = (_: string, each: unknown) => {
    if (typeof each === "bigint") return `${each}`;
    return each instanceof Map ? [...each] : each;
  };
  const whole = { depth: 20, showHidden: true, maxArrayLength: null, maxStringLength: null, getters: true } as const;
  const texts = [inspect(value, whole), JSON.stringify(value, plain), String(value)];
  if (value instanceof Error) texts.push(value.message, value.stack ?? "", textsOf({ ...value, cause: value.cause }));
  return texts.join("\n").replace(/\s+/g, " ");
}

/** The ways in which octets get into a text. */
function spellings(octets: Uint8Array): string[] {
  const some = octets.subarray(0, 12);
  const hex = toHex(some);
  const base64 = Buffer.from(some).toString("base64");
  const numbered = [...some].map((octet, i) => `"${i}":${octet}`).join(",");
  return [
    hex,
    hex.toUpperCase(),
    base64,
    base64.replaceAll("+", "-").replaceAll("/", "_"),
    some.join(","),
    some.join(", "),
    numbered,
  ];
}

function expectNone(heard: readonly Uint8Array[], values: readonly unknown[]): void {
  const text = values.map(textsOf).join("\n");
  const found = heard.filter((octets) => spellings(octets).some((spelling) => text.includes(spelling)));
  expect(found.length).toBe(0);
}

const CONSOLE = ["log", "info", "warn", "error", "debug", "trace"] as const;
beforeEach(() => {
  for (const method of CONSOLE) vi.spyOn(console, method).mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});
const silent = () => {
  for (const method of CONSOLE) expect(vi.mocked(console[method])).not.toHaveBeenCalled();
};

async function story() {
  const { heard, environment } = listening();
  const { suite, random } = environment;
  const signer = await generateSigner(suite, random);
  const founder = { signer, credential: basic("alice"), groupId: utf8("a group") };
  const founded = await createGroup(environment, founder);
  const bundle = await createKeyPackage(environment, {
    signer: await generateSigner(suite, random),
    credential: basic("bob"),
  });
  const add = [{ proposalType: "add", keyPackage: bundle.keyPackage }] as const;
  const created = await createCommit(environment, founded, { proposals: add, forcePath: true });
  const alice = acceptCommit(environment, created.state, created.output.pending).state;
  const welcome = created.output.welcomes[0] ?? expect.unreachable();
  const bob = (await joinGroup(environment, { welcome, keyPackages: [bundle] })).state;
  const sent = await protect(environment, alice, utf8("text"));
  const update = await createProposal(environment, sent.state, { proposalType: "update" });
  const commit = await createCommit(environment, update.state, { references: [] });
  return { heard, environment, bundle, welcome, alice, bob, created, sent, update, commit, signer };
}

describe("secrets and texts", () => {
  it("are kept apart in states, transitions, bundles and what is pending", async () => {
    const { heard, bundle, alice, bob, created, update, commit, environment, signer } = await story();
    expect(heard.length).toBeGreaterThan(100);
    const held = new Set(
      [...secretsHeld(alice), ...secretsHeld(bob), signer.privateKey].map(({ bytes }) => toHex(bytes)),
    );
    const known = new Set(heard.map(toHex));
    expect([...held].filter((secret) => secret.length >= 32 && !known.has(secret))).toEqual([]);
    const received = await processMessage(environment, bob, commit.output.message);
    expectNone(heard, [bundle, alice, bob, created.output.pending, created, update, commit, received, signer]);
    silent();
  });

  it("are kept apart in every error on damaged input", async () => {
    const { heard, environment, bundle, welcome, bob, sent, update, commit } = await story();
    const state = encodeState(environment, bob, { signatureKeys: true });
    const draw = drawsOf(seed);
    const below = (limit: number) => Math.floor(draw() * limit);
    const errors: unknown[] = [];
    const ways: readonly (readonly [Uint8Array, (bytes: Uint8Array) => Promise<unknown>])[] = [
      [sent.output, (bytes) => processMessage(environment, bob, bytes)],
      [update.output.message, (bytes) => processMessage(environment, bob, bytes)],
      [commit.output.message, (bytes) => processMessage(environment, bob, bytes)],
      [welcome, (bytes) => joinGroup(environment, { welcome: bytes, keyPackages: [bundle] })],
      [state, (bytes) => decodeState(environment, bytes)],
    ];
    for (let run = 0; run < inputs(150); run++) {
      const [bytes, receive] = ways[run % ways.length] ?? expect.unreachable();
      const damaged = bytes.slice(0, below(3) === 0 ? below(bytes.length) : bytes.length);
      const at = below(bytes.length);
      if (at < damaged.length) damaged[at] = (damaged[at] ?? 0) ^ (1 << below(8));
      await receive(damaged).catch((error: unknown) => errors.push(error));
    }
    expect(errors.length).toBeGreaterThan(100);
    expectNone(heard, errors);
    silent();
  });

  it("are gone after disposal, and reading one says no more than that", async () => {
    const { heard, environment, bob: dead } = await story();
    dispose(secretsHeld(dead));
    const failures: unknown[] = [];
    for (const use of [
      () => protect(environment, dead, utf8("text")),
      () => createCommit(environment, dead),
      () => encodeState(environment, dead),
      () => exportSecret(environment.suite, dead, { label: "label", context: utf8(""), length: 16 }),
    ]) {
      try {
        await use();
      } catch (error) {
        failures.push(error);
      }
    }
    expect(failures.map((error) => (error as { code?: string }).code)).toEqual(new Array(4).fill("secret.disposed"));
    expectNone(heard, [dead, failures]);
    silent();
  });
});

import { describe, expect, it } from "vitest";
import { toHex } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import { signWithLabel } from "../../src/crypto/labels.ts";
import { generateSigner, signerOf } from "../../src/crypto/signer.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { joinGroup } from "../../src/group/join.ts";
import {
  createKeyPackage,
  importKeyPackage,
  type KeyPackageBundle,
  keyPackageRef,
  validateKeyPackage,
} from "../../src/group/key-package.ts";
import { acceptCommit } from "../../src/group/pending.ts";
import type { LeafNodeContent } from "../../src/tree/leaf-node.ts";
import type { Extension } from "../../src/wire/extension.ts";
import { KeyPackage, KeyPackageTBS } from "../../src/wire/key-package.ts";
import { MLSMessage } from "../../src/wire/message.ts";
import {
  agree,
  authenticationBy,
  basic,
  Chat,
  DAY,
  environmentOf,
  keyPackageFor,
  NOW,
  person,
  suiteOf,
} from "../support/group.ts";
import {
  anyKeyPackage,
  byValue,
  insiderCommit,
  insiderProposal,
  type KeyPackagePlan,
} from "../support/group-insider.ts";
import { watch } from "../support/group-secrets.ts";
import { rejection } from "../support/rejection.ts";

const environment = environmentOf();
const { suite } = environment;

const rawKeysOf = ({ initPrivateKey, encryptionPrivateKey }: KeyPackageBundle, signature: Uint8Array) => ({
  initPrivateKey: initPrivateKey.bytes,
  encryptionPrivateKey: encryptionPrivateKey.bytes,
  signaturePrivateKey: signature,
});

const unknown = (extensionType: number, data = [1, 2, 3]): Extension => ({
  extensionType,
  extensionData: Uint8Array.from(data),
});

const listing = (...extensions: number[]) => ({
  versions: ["mls10" as const],
  cipherSuites: [suite.id],
  extensions,
  proposals: [],
  credentials: ["basic" as const],
});

describe("§10 key packages are made", () => {
  it.each([1, 2, 3, 4, 5, 6, 7])("in suite %i, valid for others and usable for a Welcome", async (id) => {
    const e = environmentOf({ suite: suiteOf(id) });
    const bundle = await keyPackageFor(e, "bob");
    await validateKeyPackage(e, decode(KeyPackage, encode(KeyPackage, bundle.keyPackage)));
    expect(bundle.keyPackage).toMatchObject({ version: "mls10", cipherSuite: id });
    expect(bundle.keyPackage.leafNode.leafNodeSource).toBe("key_package");
    expect(toHex(bundle.reference)).toBe(toHex(keyPackageRef(e.suite, bundle.keyPackage)));
  });

  it("[10-02] [10.1-04] with an init key of its own each, different from the encryption key", async () => {
    const owner = await person(environment, "bob");
    const keys = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const { keyPackage } = await createKeyPackage(environment, owner);
      keys.add(toHex(keyPackage.initKey)).add(toHex(keyPackage.leafNode.encryptionKey));
    }
    expect(keys.size).toBe(400);
  });

  it("many over one signer, each of which can join a group", async () => {
    const bob = await person(environment, "bob");
    const bundles = [await createKeyPackage(environment, bob), await createKeyPackage(environment, bob)];
    for (const bundle of bundles) {
      const chat = await Chat.of(["alice"]);
      const { keyPackage } = bundle;
      await chat.commit("alice", { proposals: [{ proposalType: "add", keyPackage }] }, new Map([["bob", bundle]]));
      chat.agree();
    }
  });

  it("[7.2-03] [13.4-01] saying that they support what the client supports", async () => {
    const plain = { ...environment, policy: { grease: false } };
    const { leafNode } = (await keyPackageFor(plain, "bob")).keyPackage;
    expect(leafNode.capabilities).toEqual({
      versions: ["mls10"],
      cipherSuites: [suite.id],
      extensions: [],
      proposals: [],
      credentials: ["basic", "x509"],
    });
  });

  it("living from an hour ago for 90 days, or as long as is asked", async () => {
    const byDefault = (await keyPackageFor(environment, "bob")).keyPackage.leafNode;
    expect(byDefault).toMatchObject({ lifetime: { notBefore: NOW - 3600n, notAfter: NOW + 90n * DAY } });
    const lifetime = { notBefore: NOW, notAfter: NOW + DAY };
    const asked = (await keyPackageFor(environment, "bob", { lifetime })).keyPackage.leafNode;
    expect(asked).toMatchObject({ lifetime });
    const early = await keyPackageFor({ ...environment, clock: () => 10n }, "bob");
    expect(early.keyPackage.leafNode).toMatchObject({ lifetime: { notBefore: 0n } });
  });

  it("[7.2-08] not with an inverted or an overlong lifetime", async () => {
    const make = (notBefore: bigint, notAfter: bigint) =>
      rejection(() => keyPackageFor(environment, "bob", { lifetime: { notBefore, notAfter } }));
    expect((await make(NOW, NOW - 1n)).code).toBe("leaf.lifetime_inverted");
    expect((await make(NOW, NOW + 120n * DAY + 1n)).code).toBe("leaf.lifetime_too_long");
    expect((await make(0n, 2n ** 64n - 1n)).code).toBe("leaf.lifetime_too_long");
    await keyPackageFor(environment, "bob", { lifetime: { notBefore: NOW, notAfter: NOW + 120n * DAY } });
    const anyLifetime = { ...environment, policy: { maxLifetime: undefined } };
    await keyPackageFor(anyLifetime, "bob", { lifetime: { notBefore: 0n, notAfter: 2n ** 64n - 1n } });
  });

  it("[10-07] not with extensions that their leaf does not list", async () => {
    const refused = await rejection(() => keyPackageFor(environment, "bob", { extensions: [unknown(0xf002)] }));
    expect(refused.code).toBe("key_package.extension_not_listed");
    const ofLeaf = await rejection(() => keyPackageFor(environment, "bob", { leafExtensions: [unknown(0xf001)] }));
    expect(ofLeaf.code).toBe("leaf.extension_not_listed");
    const options = {
      extensions: [unknown(0xf002)],
      leafExtensions: [unknown(0xf001)],
      capabilities: listing(0xf001, 0xf002),
    };
    await validateKeyPackage(environment, (await keyPackageFor(environment, "bob", options)).keyPackage);
  });

  it("[7.2-01] not with default types in their capabilities", async () => {
    for (const capabilities of [
      { ...listing(), proposals: ["add" as const] },
      { ...listing(), extensions: ["application_id" as const] },
    ]) {
      const refused = await rejection(() => keyPackageFor(environment, "bob", { capabilities }));
      expect(refused.code).toBe("leaf.default_type_listed");
    }
  });

  it("[7.2-05] not with a credential that they don't list", async () => {
    const capabilities = { ...listing(), credentials: ["x509" as const] };
    const refused = await rejection(() => keyPackageFor(environment, "bob", { capabilities }));
    expect(refused.code).toBe("leaf.credential_not_listed");
  });

  it("[13.4-04] not with two extensions of one type, nor with one that belongs elsewhere", async () => {
    const capabilities = listing(0xf002);
    const twice = [unknown(0xf002), unknown(0xf002, [])];
    expect((await rejection(() => keyPackageFor(environment, "bob", { capabilities, extensions: twice }))).code).toBe(
      "extensions.duplicate",
    );
    const misplaced: Extension = { extensionType: "external_pub", extensionData: new Uint8Array(0) };
    expect((await rejection(() => keyPackageFor(environment, "bob", { leafExtensions: [misplaced] }))).code).toBe(
      "extension.misplaced",
    );
  });

  it("[9.2-04] keeping no key of one that came to nothing", async () => {
    const { environment: e, alive } = watch();
    const bob = await person(environment, "bob");
    await rejection(() => createKeyPackage(e, { ...bob, extensions: [unknown(0xf002)] }));
    const bundle = await createKeyPackage(environment, bob);
    const keys = rawKeysOf(bundle, (await person(environment, "carol")).signer.privateKey.bytes);
    await rejection(() => importKeyPackage(e, bundle.keyPackage, keys));
    expect(alive()).toEqual([]);
  });
});

describe("§10 key packages are imported", () => {
  it("from raw private keys, and serve for a Welcome", async () => {
    const owner = await person(environment, "bob");
    const bundle = await createKeyPackage(environment, owner);
    const keys = rawKeysOf(bundle, owner.signer.privateKey.bytes);
    const imported = await importKeyPackage(environment, bundle.keyPackage, keys);
    expect(toHex(imported.reference)).toBe(toHex(bundle.reference));
    const alice = await Chat.of(["alice"]);
    const created = await createCommit(environment, alice.one, {
      proposals: [{ proposalType: "add", keyPackage: bundle.keyPackage }],
    });
    const [welcome = new Uint8Array(0)] = created.output.welcomes;
    const { state } = await joinGroup(environment, { welcome, keyPackages: [imported] });
    agree(state, acceptCommit(environment, created.state, created.output.pending).state);
  });

  it("as copies: the caller's octets may go", async () => {
    const owner = await person(environment, "bob");
    const bundle = await createKeyPackage(environment, owner);
    const keys = rawKeysOf(bundle, owner.signer.privateKey.bytes);
    const own = {
      ...keys,
      initPrivateKey: keys.initPrivateKey.slice(),
      encryptionPrivateKey: keys.encryptionPrivateKey.slice(),
    };
    const imported = await importKeyPackage(environment, bundle.keyPackage, own);
    own.initPrivateKey.fill(0);
    own.encryptionPrivateKey.fill(0);
    expect(toHex(imported.initPrivateKey.bytes)).toBe(toHex(bundle.initPrivateKey.bytes));
    expect(toHex(imported.encryptionPrivateKey.bytes)).toBe(toHex(bundle.encryptionPrivateKey.bytes));
  });

  it("its signature key may live elsewhere", async () => {
    const { signer, keyPackage, ...secrets } = await createKeyPackage(environment, await person(environment, "bob"));
    const [initPrivateKey, encryptionPrivateKey] = [secrets.initPrivateKey.bytes, secrets.encryptionPrivateKey.bytes];
    const imported = await importKeyPackage(environment, keyPackage, { initPrivateKey, encryptionPrivateKey, signer });
    expect(imported.signer).toBe(signer);
    const foreign = { initPrivateKey, encryptionPrivateKey, signer: (await person(environment, "eve")).signer };
    const error = await rejection(() => importKeyPackage(environment, keyPackage, foreign));
    expect([error.code, error.details.key]).toEqual(["key.mismatch", "signature_key"]);
  });

  it.each(["initPrivateKey", "encryptionPrivateKey", "signaturePrivateKey"] as const)(
    "not with a %s that belongs to another public key",
    async (wrong) => {
      const [bob, carol] = [await person(environment, "bob"), await person(environment, "carol")];
      const ofBob = await createKeyPackage(environment, bob);
      const ofCarol = await createKeyPackage(environment, carol);
      const keys = {
        ...rawKeysOf(ofBob, bob.signer.privateKey.bytes),
        [wrong]: rawKeysOf(ofCarol, carol.signer.privateKey.bytes)[wrong],
      };
      const refused = await rejection(() => importKeyPackage(environment, ofBob.keyPackage, keys));
      expect(refused.code).toBe("key.mismatch");
    },
  );

  it("not with private keys of a wrong length", async () => {
    const bob = await person(environment, "bob");
    const bundle = await createKeyPackage(environment, bob);
    const keys = rawKeysOf(bundle, bob.signer.privateKey.bytes);
    const short = await rejection(() =>
      importKeyPackage(environment, bundle.keyPackage, { ...keys, initPrivateKey: new Uint8Array(31) }),
    );
    expect(short.class).toBe("bad-key");
    const signature = await rejection(() =>
      importKeyPackage(environment, bundle.keyPackage, { ...keys, signaturePrivateKey: new Uint8Array(31) }),
    );
    expect(signature.class).toBe("bad-key");
  });
});

/** What leaves of all sources have. */
function common({ encryptionKey, signatureKey, credential, capabilities, extensions }: LeafNodeContent) {
  return { encryptionKey, signatureKey, credential, capabilities, extensions };
}

/** What is wrong, how it is made, and with which code everyone refuses it. */
const DEFECTS: readonly (readonly [string, KeyPackagePlan, string])[] = [
  [
    "[10.1-01] of another suite",
    { keyPackage: (content) => ({ ...content, cipherSuite: 3 }) },
    "key_package.cipher_suite",
  ],
  [
    "[10-05] [10.1-01] of another version",
    { keyPackage: (content) => ({ ...content, version: 2 }) },
    "key_package.version",
  ],
  [
    "[10.1-04] with one key for two purposes",
    { keyPackage: (content) => ({ ...content, initKey: content.leafNode.encryptionKey }) },
    "key_package.same_keys",
  ],
  [
    "[10-03] with a short init key",
    { keyPackage: (content) => ({ ...content, initKey: content.initKey.subarray(1) }) },
    "key.hpke_public",
  ],
  [
    "[10-03] with an init key of low order",
    { keyPackage: (content) => ({ ...content, initKey: new Uint8Array(32) }) },
    "key.hpke_public",
  ],
  [
    "[10-03] with a short encryption key",
    { leaf: (leaf) => ({ ...leaf, encryptionKey: leaf.encryptionKey.subarray(1) }) },
    "key.hpke_public",
  ],
  [
    "[10-03] with a short signature key",
    { leaf: (leaf) => ({ ...leaf, signatureKey: leaf.signatureKey.subarray(1) }) },
    "key.signature_public",
  ],
  [
    "[10-03] with a signature key of small order",
    { leaf: (leaf) => ({ ...leaf, signatureKey: new Uint8Array(32) }) },
    "key.signature_public",
  ],
  [
    "[10-06] [7.3-09] with a leaf for an Update",
    { leaf: (leaf) => ({ ...common(leaf), leafNodeSource: "update" }) },
    "leaf.wrong_source",
  ],
  [
    "[10-06] [7.3-09] with a leaf for a path",
    { leaf: (leaf) => ({ ...common(leaf), leafNodeSource: "commit", parentHash: new Uint8Array(0) }) },
    "leaf.wrong_source",
  ],
  [
    "[7.2-05] whose credential is not listed",
    { leaf: (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, credentials: ["x509"] } }) },
    "leaf.credential_not_listed",
  ],
  [
    "[7.3-16] without the suite in its capabilities",
    { leaf: (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, cipherSuites: [2] } }) },
    "leaf.cipher_suite_not_listed",
  ],
  [
    "[7.3-16] without the version in its capabilities",
    { leaf: (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, versions: [2] } }) },
    "leaf.version_not_listed",
  ],
  [
    "[7.2-02] listing default proposals",
    { leaf: (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, proposals: ["add"] } }) },
    "leaf.default_type_listed",
  ],
  [
    "[7.2-02] listing default extensions",
    { leaf: (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, extensions: ["application_id"] } }) },
    "leaf.default_type_listed",
  ],
  [
    "[7.2-04] [7.3-08] with an unlisted leaf extension",
    { leaf: (leaf) => ({ ...leaf, extensions: [unknown(0xf001)] }) },
    "leaf.extension_not_listed",
  ],
  [
    "[13.4-04] with a leaf extension twice",
    { leaf: (leaf) => ({ ...leaf, capabilities: listing(0xf001), extensions: [unknown(0xf001), unknown(0xf001)] }) },
    "extensions.duplicate",
  ],
  [
    "[13.4-04] with an extension twice",
    { keyPackage: (content) => ({ ...content, extensions: [unknown(0xf001), unknown(0xf001)] }) },
    "extensions.duplicate",
  ],
  [
    "[17.3-01] with a misplaced extension",
    {
      keyPackage: (content) => ({
        ...content,
        extensions: [{ extensionType: "ratchet_tree", extensionData: new Uint8Array(1) }],
      }),
    },
    "extension.misplaced",
  ],
  [
    "[17.3-01] with a misplaced leaf extension",
    {
      leaf: (leaf) => ({
        ...leaf,
        extensions: [{ extensionType: "external_senders", extensionData: new Uint8Array(1) }],
      }),
    },
    "extension.misplaced",
  ],
  [
    "[7.3-06] that has expired",
    { leaf: (leaf) => ({ ...leaf, lifetime: { notBefore: NOW - DAY, notAfter: NOW - 1n } }) as never },
    "leaf.lifetime",
  ],
  [
    "[7.3-06] that is not valid yet",
    { leaf: (leaf) => ({ ...leaf, lifetime: { notBefore: NOW + 1n, notAfter: NOW + DAY } }) as never },
    "leaf.lifetime",
  ],
  [
    "[7.2-08] that lives too long",
    { leaf: (leaf) => ({ ...leaf, lifetime: { notBefore: NOW, notAfter: NOW + 121n * DAY } }) as never },
    "leaf.lifetime_too_long",
  ],
  [
    "[7.2-08] that ends before it starts",
    { leaf: (leaf) => ({ ...leaf, lifetime: { notBefore: NOW, notAfter: NOW - 1n } }) as never },
    "leaf.lifetime",
  ],
];

const stranger = await generateSigner(suite, environment.random);
const FORGERIES: readonly (readonly [string, KeyPackagePlan, string])[] = [
  ["[10-04] [10.1-03] not signed by its leaf", { packageSigner: stranger }, "key_package.signature"],
  ["[7.3-02] whose leaf is not signed by itself", { leafSigner: stranger }, "leaf.signature"],
];

describe("§10.1 a key package is refused", () => {
  it.each([...DEFECTS, ...FORGERIES])("%s", async (_, plan, code) => {
    const { keyPackage } = await anyKeyPackage(environment, "bob", plan);
    expect((await rejection(() => validateKeyPackage(environment, keyPackage))).code).toBe(code);
  });

  it.each([...DEFECTS, ...FORGERIES])("[10.1-02] [12.1.1-01] in an Add: %s", async (_, plan, code) => {
    const chat = await Chat.of(["alice", "bob"]);
    const { keyPackage } = await anyKeyPackage(environment, "carol", plan);
    const add = { proposalType: "add", keyPackage } as const;
    const alice = chat.state("alice");
    expect((await rejection(() => createCommit(environment, alice, { proposals: [add] }))).code).toBe(code);
    const proposal = await insiderProposal(environment, alice, add);
    expect((await rejection(() => chat.receive("bob", proposal.message))).code).toBe(code);
    const commit = await insiderCommit(environment, alice, { proposals: [byValue(add)] });
    expect((await rejection(() => chat.receive("bob", commit.message))).code).toBe(code);
    await chat.commit("alice");
    chat.agree();
  });

  it("[10.1-03] put together from the leaf of one client and the init key of another", async () => {
    const [bob, carol] = [await anyKeyPackage(environment, "bob"), await anyKeyPackage(environment, "carol")];
    const content = { ...carol.keyPackage, leafNode: bob.keyPackage.leafNode };
    const signature = await signWithLabel(carol.signer, "KeyPackageTBS", encode(KeyPackageTBS, content));
    const mixed = await rejection(() => validateKeyPackage(environment, { ...content, signature }));
    expect(mixed.code).toBe("key_package.signature");
  });

  it("[10-04] signed under another label", async () => {
    const { keyPackage, signer } = await anyKeyPackage(environment, "bob");
    const signature = await signWithLabel(signer, "LeafNodeTBS", encode(KeyPackageTBS, keyPackage));
    const refused = await rejection(() => validateKeyPackage(environment, { ...keyPackage, signature }));
    expect(refused.code).toBe("key_package.signature");
  });

  it("[10-04] [7.2-09] with any bit changed", async () => {
    const { keyPackage } = await anyKeyPackage(environment, "bob");
    const octets = encode(KeyPackage, keyPackage);
    for (let at = 0; at < octets.length; at++) {
      const flipped = octets.slice();
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      const refused = await rejection(async () => validateKeyPackage(environment, decode(KeyPackage, flipped)));
      expect(refused.reaction, refused.code).toMatch(/^(malformed|invalid)$/);
    }
    await validateKeyPackage(environment, decode(KeyPackage, octets));
  });

  it("[5.3.1-01] [7.3-01] if the Authentication Service says so, and then no proposal comes of it", async () => {
    const authentication = authenticationBy(({ reason }) => reason !== "key_package");
    const chat = await Chat.of(["alice"], environmentOf({ authentication }));
    const { keyPackage } = await keyPackageFor(environment, "bob");
    authentication.reasons();
    const e = chat.environment;
    expect((await rejection(() => validateKeyPackage(e, keyPackage))).code).toBe("credential.rejected");
    const commit = { proposals: [{ proposalType: "add", keyPackage } as const] };
    expect((await rejection(() => createCommit(e, chat.one, commit))).code).toBe("credential.rejected");
    expect((await rejection(() => chat.propose("alice", { proposalType: "add", keyPackage }))).code).toBe(
      "credential.rejected",
    );
    expect(authentication.reasons()).toEqual([["key_package"], ["key_package"], ["key_package"]]);
    expect(chat.one.proposals.size).toBe(0);
  });
});

describe("§10.1 a key package is accepted", () => {
  it("[10-08] [7.2-06] [13.4-02] [13.5-03] with unknown extensions and capabilities, which are kept as they are", async () => {
    const plan: KeyPackagePlan = {
      leaf: (leaf) => ({
        ...leaf,
        capabilities: {
          versions: [0x0a0a, "mls10", 7],
          cipherSuites: [0x1a1a, suite.id, 0xf0f0],
          extensions: [0x2a2a, 0xf001],
          proposals: [0x3a3a, 0xf003],
          credentials: [0x4a4a, "basic", 0xf004],
        },
        extensions: [unknown(0xf001), unknown(0x2a2a, [])],
      }),
      keyPackage: (content) => ({ ...content, extensions: [unknown(0x5a5a), unknown(0xf00d, [])] }),
    };
    const bundle = await anyKeyPackage(environment, "bob", plan);
    await validateKeyPackage(environment, bundle.keyPackage);
    const chat = await Chat.of(["alice", "carol"]);
    const { keyPackage } = bundle;
    const { received } = await chat.commit(
      "alice",
      { proposals: [{ proposalType: "add", keyPackage }] },
      new Map([["bob", bundle]]),
    );
    chat.agree();
    const commit = received.get("carol");
    const arrived = commit?.contentType === "commit" ? commit.commit.list.adds[0]?.keyPackage : undefined;
    expect(arrived && toHex(encode(KeyPackage, arrived))).toBe(toHex(encode(KeyPackage, keyPackage)));
  });

  it("[7.2-02] listing default types, if the policy tolerates them", async () => {
    const tolerant = { ...environment, policy: { tolerateDefaultTypes: true } };
    for (const [, plan] of DEFECTS.filter(([name]) => name.startsWith("[7.2-02]"))) {
      const { keyPackage } = await anyKeyPackage(environment, "bob", plan);
      await validateKeyPackage(tolerant, keyPackage);
    }
  });

  it("[7.3-07] whatever its lifetime, when it was received and the policy says not to judge", async () => {
    const chat = await Chat.of(["alice", "bob"]);
    const lenient = { ...environment, policy: { judgeReceivedLifetimes: false, maxLifetime: undefined } };
    const expired = { notBefore: 0n, notAfter: NOW - 1n };
    const { keyPackage } = await anyKeyPackage(environment, "carol", {
      leaf: (leaf) => ({ ...leaf, lifetime: expired }) as never,
    });
    const commit = await insiderCommit(environment, chat.one, {
      proposals: [byValue({ proposalType: "add", keyPackage })],
    });
    expect((await rejection(() => chat.receive("bob", commit.message))).code).toBe("leaf.lifetime");
    expect((await chat.receive("bob", commit.message, lenient)).contentType).toBe("commit");
  });

  it("[10-05] carried by a message of its own version only", async () => {
    const { keyPackage } = await anyKeyPackage(environment, "bob");
    const octets = encode(MLSMessage, { version: "mls10", wireFormat: "mls_key_package", keyPackage });
    const message = decode(MLSMessage, octets);
    if (message.wireFormat !== "mls_key_package") throw new Error("another wire format");
    await validateKeyPackage(environment, message.keyPackage);
  });
});

describe("signers", () => {
  it("from raw keys sign for the same public key", async () => {
    const { signer } = await person(environment, "bob");
    const again = await signerOf(suite, signer.privateKey.bytes);
    expect(toHex(again.publicKey)).toBe(toHex(signer.publicKey));
    const options = { signer: again, credential: basic("bob") };
    await validateKeyPackage(environment, (await createKeyPackage(environment, options)).keyPackage);
  });
});

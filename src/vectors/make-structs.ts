/**
 * Structs that are well-formed and mean nothing: keys that are keys, and otherwise octets of the right shape. For
 * vectors about syntax, framing and transcripts, where nobody asks what a proposal would do.
 */

import { EMPTY, utf8 } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import { opaque } from "../codec/presentation.ts";
import type { Bytes, CipherSuite, KeyPair, Random } from "../crypto/cipher-suite.ts";
import { defaultCapabilities } from "../group/capabilities.ts";
import type { Content } from "../group/protect.ts";
import type { Registrations } from "../group/registrations.ts";
import { leafIndex } from "../tree-math.ts";
import type { Commit, ProposalOrRef } from "../wire/commit.ts";
import type { Credential } from "../wire/credential.ts";
import type { Extension } from "../wire/extension.ts";
import type { FramedContent, Sender } from "../wire/framed-content.ts";
import { type KeyPackage, KeyPackageTBS } from "../wire/key-package.ts";
import type { HPKECiphertext } from "../wire/keys.ts";
import type { Capabilities, LeafNode } from "../wire/leaf-node.ts";
import type { PreSharedKeyID } from "../wire/pre-shared-key.ts";
import type { Proposal } from "../wire/proposal.ts";
import type { LeafNodeSource } from "../wire/registries.ts";
import type { UpdatePath } from "../wire/update-path.ts";
import { type MakeInput, signedLeafNode, signWithLabel } from "./make-formulas.ts";

/** §13.5: a value that is never assigned, so that whoever reads it has to leave it alone. */
export const GREASE = 0x0a0a;
/** §17.3, §17.4: an extension, and a proposal, for private use. */
export const PRIVATE_USE = 0xf001;
/** §13.2: what lets a client say that it supports the proposal, which is never made. */
export const REGISTRATIONS: Registrations = {
  proposals: [{ type: PRIVATE_USE, body: opaque, pathRequired: true }],
};

export class StructMaker {
  readonly suite: CipherSuite;
  readonly random: Random;

  constructor({ suite, random }: Pick<MakeInput, "suite" | "random">) {
    this.suite = suite;
    this.random = random;
  }

  async hpkeKey(): Promise<Bytes> {
    return (await this.suite.kem.deriveKeyPair(this.random(this.suite.kem.Nsk))).publicKey;
  }

  basic(): Credential {
    return { credentialType: "basic", identity: this.random(9) };
  }

  x509(): Credential {
    return { credentialType: "x509", certificates: [{ certData: this.random(90) }, { certData: this.random(65) }] };
  }

  extensions(): Extension[] {
    return [
      { extensionType: PRIVATE_USE, extensionData: this.random(70) },
      { extensionType: GREASE, extensionData: EMPTY },
    ];
  }

  async leafNode(leafNodeSource: LeafNodeSource, credential: Credential): Promise<LeafNode> {
    const keys = await this.suite.signature.generateKeyPair(this.random);
    return this.#signedLeaf(keys, leafNodeSource, credential);
  }

  async keyPackage(credential: Credential, extensions: readonly Extension[]): Promise<KeyPackage> {
    const { suite } = this;
    const keys = await suite.signature.generateKeyPair(this.random);
    const initKey = await this.hpkeKey();
    const leafNode = await this.#signedLeaf(keys, "key_package", credential);
    const content: KeyPackageTBS = { version: "mls10", cipherSuite: suite.id, initKey, leafNode, extensions };
    const tbs = encode(KeyPackageTBS, content);
    return { ...content, signature: await signWithLabel(suite, keys.privateKey, "KeyPackageTBS", tbs) };
  }

  externalPsk(): PreSharedKeyID {
    return { psktype: "external", pskId: this.random(20), pskNonce: this.random(this.suite.kdf.Nh) };
  }

  resumptionPsk(usage: "application" | "reinit" | "branch"): PreSharedKeyID {
    const pskNonce = this.random(this.suite.kdf.Nh);
    return { psktype: "resumption", usage, pskGroupId: this.random(16), pskEpoch: 2n ** 64n - 1n, pskNonce };
  }

  /** The proposals that carry no leaf. */
  smallProposals() {
    const { suite, random } = this;
    const reInit = { groupId: random(64), version: 0xffff, cipherSuite: GREASE, extensions: this.extensions() };
    return {
      remove: { proposalType: "remove", removed: leafIndex(2 ** 32 - 1) },
      psk: { proposalType: "psk", psk: this.resumptionPsk("branch") },
      externalInit: { proposalType: "external_init", kemOutput: random(suite.kem.Nenc) },
      groupContextExtensions: { proposalType: "group_context_extensions", extensions: this.extensions() },
      reInit: { proposalType: "reinit", ...reInit },
    } as const satisfies Record<string, Proposal>;
  }

  reference(): ProposalOrRef {
    return { type: "reference", reference: this.random(this.suite.hash.length) };
  }

  async ciphertext(length: number): Promise<HPKECiphertext> {
    return { kemOutput: await this.hpkeKey(), ciphertext: this.random(length + this.suite.aead.Nt) };
  }

  /** A path whose nodes have so many ciphertexts each. */
  async updatePath(ciphertexts: readonly number[]): Promise<UpdatePath> {
    const nodes = [];
    for (const count of ciphertexts) {
      const encryptedPathSecret = [];
      for (let i = 0; i < count; i++) encryptedPathSecret.push(await this.ciphertext(this.suite.kdf.Nh));
      nodes.push({ encryptionKey: await this.hpkeKey(), encryptedPathSecret });
    }
    return { leafNode: await this.leafNode("commit", this.basic()), nodes };
  }

  async commit(): Promise<Commit> {
    const { remove, psk } = this.smallProposals();
    return { proposals: [this.reference(), byValue(remove), byValue(psk)], path: await this.updatePath([0, 1]) };
  }

  /** What a sender says, in some group at some epoch. */
  framed(sender: Sender, content: Content): FramedContent {
    const [groupId, authenticatedData] = [this.random(16), this.random(65)];
    return { groupId, epoch: 2n ** 63n + 5n, sender, authenticatedData, ...content };
  }

  /** Capabilities and extensions are of types that no RFC knows, too. */
  async #signedLeaf(keys: KeyPair, source: LeafNodeSource, credential: Credential): Promise<LeafNode> {
    const { suite, random } = this;
    const content = {
      encryptionKey: await this.hpkeKey(),
      signatureKey: keys.publicKey,
      credential,
      capabilities: this.#capabilities(),
      extensions: [
        { extensionType: "application_id", extensionData: encode(opaque, utf8("phone")) } as const,
        ...this.extensions(),
      ],
    };
    const lifetime = { notBefore: 0n, notAfter: 2n ** 64n - 1n };
    const ofSource = {
      key_package: { leafNodeSource: "key_package", lifetime },
      update: { leafNodeSource: "update" },
      commit: { leafNodeSource: "commit", parentHash: random(suite.hash.length) },
    } as const;
    const position = { groupId: random(16), leaf: 1 };
    return signedLeafNode(suite, keys.privateKey, { ...content, ...ofSource[source] }, position);
  }

  #capabilities(): Capabilities {
    const known = defaultCapabilities(this.suite);
    return {
      versions: [...known.versions, 0xaaaa],
      cipherSuites: [...known.cipherSuites, GREASE],
      extensions: [PRIVATE_USE, GREASE],
      proposals: [GREASE],
      credentials: [...known.credentials, GREASE],
    };
  }
}

export function byValue(proposal: Proposal): ProposalOrRef {
  return { type: "proposal", proposal };
}

/** What all groups of one client have in common: suites, randomness, clock, and a lenient policy. */
import type { Credential, Environment, KeyPackageBundle, Policy } from "copath";
import { createKeyPackage } from "copath";
import { type Backend, type CipherSuite, cipherSuite, generateSigner, type KeySigner, supports } from "copath/crypto";
import { REGISTERED_SUITES } from "copath/suites/registry";
import { dangerouslyAcceptEveryCredential } from "copath/testing";
import { readingCompressedKeys } from "./compressed-keys.ts";
import { wipeSigner } from "./keys.ts";
import { refusal } from "./refusal.ts";

const DAY = 86_400n;

/**
 * Scenarios go back further than an application would, and have messages sent while proposals wait (§12.4); peers list
 * default types in their capabilities (§7.2).
 */
const POLICY: Partial<Policy> = {
  maxPastEpochs: 16,
  maxResumptionPsks: 128,
  maxLifetime: undefined,
  tolerateDefaultTypes: true,
  newMemberProposals: true,
  sendWhileProposalsWait: true,
};

export interface BaseOptions {
  readonly backend: Backend;
  readonly random: (length: number) => Uint8Array<ArrayBuffer>;
  /** Seconds since the Unix epoch. */
  readonly clock: () => bigint;
  /** Whether GREASE is sent (§13.5). */
  readonly grease: boolean;
  /** Whether compressed points are read where §5.1.1 has uncompressed ones. */
  readonly compressedKeys: boolean;
}

export interface GroupSettings {
  readonly encryptHandshake: boolean;
  readonly externalPsk: (pskId: Uint8Array) => Uint8Array | undefined;
}

export const basic = (identity: Uint8Array): Credential => ({ credentialType: "basic", identity });

export class Base {
  readonly #options: BaseOptions;
  readonly #suites = new Map<number, CipherSuite>();

  constructor(options: BaseOptions) {
    this.#options = options;
    const backend = options.compressedKeys ? readingCompressedKeys(options.backend) : options.backend;
    for (const definition of REGISTERED_SUITES) {
      if (supports(backend, definition)) this.#suites.set(definition.id, cipherSuite(definition, backend));
    }
  }

  get suites(): readonly number[] {
    return [...this.#suites.keys()];
  }

  /** @throws CallError UNIMPLEMENTED */
  environment(suiteId: number, settings?: GroupSettings): Environment {
    const suite = this.#suites.get(suiteId);
    if (suite === undefined) throw refusal("UNIMPLEMENTED", "suite.unknown", `cipher suite ${suiteId} is none of ours`);
    const { random, clock, grease } = this.#options;
    const encrypted = settings?.encryptHandshake ?? true;
    const handshakeFormat = encrypted ? "mls_private_message" : "mls_public_message";
    const policy = { ...POLICY, grease, handshakeFormat } as const;
    const external = settings?.externalPsk ?? (() => undefined);
    return { suite, random, clock, policy, authentication: dangerouslyAcceptEveryCredential, psks: { external } };
  }

  async signer(suiteId: number): Promise<KeySigner> {
    const { suite, random } = this.environment(suiteId);
    return generateSigner(suite, random);
  }

  /** What is made with a new signature key, which ends if that fails. */
  async withSigner<T>(suiteId: number, make: (signer: KeySigner) => Promise<T>): Promise<T> {
    const signer = await this.signer(suiteId);
    try {
      return await make(signer);
    } catch (error) {
      wipeSigner(signer);
      throw error;
    }
  }

  /** Good for four weeks: some peers accept no more than twelve. */
  async keyPackage(suiteId: number, identity: Uint8Array): Promise<KeyPackageBundle & { readonly signer: KeySigner }> {
    const signer = await this.signer(suiteId);
    const now = this.#options.clock();
    const lifetime = { notBefore: now - DAY, notAfter: now + 28n * DAY };
    const bundle = await createKeyPackage(this.environment(suiteId), { signer, credential: basic(identity), lifetime });
    return { ...bundle, signer };
  }
}

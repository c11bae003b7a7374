/** What all groups of one client have in common: suites, randomness, clock, and a policy as lenient as the RFC allows. */
import type { Credential, Environment, KeyPackageBundle, Policy } from "copath";
import { createKeyPackage } from "copath";
import { type Backend, type CipherSuite, cipherSuite, generateSigner, type KeySigner, supports } from "copath/crypto";
import { MLS_128_DHKEMP256_AES128GCM_SHA256_P256 } from "copath/suites/mls-128-dhkemp256-aes128gcm-sha256-p256";
import { MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 } from "copath/suites/mls-128-dhkemx25519-aes128gcm-sha256-ed25519";
import { MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519 } from "copath/suites/mls-128-dhkemx25519-chacha20poly1305-sha256-ed25519";
import { MLS_256_DHKEMP384_AES256GCM_SHA384_P384 } from "copath/suites/mls-256-dhkemp384-aes256gcm-sha384-p384";
import { MLS_256_DHKEMP521_AES256GCM_SHA512_P521 } from "copath/suites/mls-256-dhkemp521-aes256gcm-sha512-p521";
import { MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448 } from "copath/suites/mls-256-dhkemx448-aes256gcm-sha512-ed448";
import { MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448 } from "copath/suites/mls-256-dhkemx448-chacha20poly1305-sha512-ed448";
import { dangerouslyAcceptEveryCredential } from "copath/testing";
import { CallError } from "../interface/client.ts";
import { readingCompressedKeys } from "./compressed-keys.ts";

const DEFINITIONS = [
  MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519,
  MLS_128_DHKEMP256_AES128GCM_SHA256_P256,
  MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519,
  MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448,
  MLS_256_DHKEMP521_AES256GCM_SHA512_P521,
  MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448,
  MLS_256_DHKEMP384_AES256GCM_SHA384_P384,
];

const DAY = 86_400n;

/** Peers state what the RFC asks them not to, and scenarios go back further than an application would. */
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
    for (const definition of DEFINITIONS) {
      if (supports(backend, definition)) this.#suites.set(definition.id, cipherSuite(definition, backend));
    }
  }

  get suites(): readonly number[] {
    return [...this.#suites.keys()];
  }

  /** @throws CallError UNIMPLEMENTED */
  environment(suiteId: number, settings?: GroupSettings): Environment {
    const suite = this.#suites.get(suiteId);
    if (suite === undefined)
      throw new CallError("UNIMPLEMENTED", `suite.unknown: cipher suite ${suiteId} is none of ours`);
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

  /** Good for four weeks: some peers accept no more than twelve. */
  async keyPackage(suiteId: number, identity: Uint8Array): Promise<KeyPackageBundle & { readonly signer: KeySigner }> {
    const signer = await this.signer(suiteId);
    const now = this.#options.clock();
    const lifetime = { notBefore: now - DAY, notAfter: now + 28n * DAY };
    const bundle = await createKeyPackage(this.environment(suiteId), { signer, credential: basic(identity), lifetime });
    return { ...bundle, signer };
  }
}

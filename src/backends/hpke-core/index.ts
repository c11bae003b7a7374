/**
 * KEMs of the `@hpke` family as KEMs of this library: `copath/backends/hpke-core`. Their methods are asynchronous and
 * their keys opaque, so keys are imported once and kept as long as the octets that they were made of.
 */

import type { KemInterface } from "@hpke/core";
import { concat, copy, wipe } from "../../bytes.ts";
import { InvalidError, UsageError } from "../../errors.ts";
import type { Awaitable, Bytes, Encapsulation, Kem, KeyPair, Random } from "../../hpke/algorithms.ts";
import {
  DHKEM_P256,
  DHKEM_P384,
  DHKEM_P521,
  DHKEM_X448,
  DHKEM_X25519,
  type DhkemParameters,
  isPrivateKey,
  isPublicKey,
} from "../../hpke/dh-parameters.ts";
import { refusing } from "../../hpke/outcome.ts";

/** What the family's interface does not tell. Nothing of it is needed for the Diffie-Hellman KEMs of RFC 9180. */
export interface HpkeCoreOptions {
  /** Its registered number, if not the KEM's own. */
  readonly id?: number;
  /** For errors. Default: that of the other library. */
  readonly name?: string;
  /** How many random octets Encap takes as `ekm`. Left out, the KEM uses randomness of its own and nothing replays. */
  readonly ekmLength?: number;
  /** The public key of a private one that was not derived here. Left out, such keys are refused. */
  readonly publicKeyOf?: (privateKey: Uint8Array) => Awaitable<Bytes>;
  /** Whether octets of the right length are a public key, as far as can be told at once. */
  readonly isPublicKey?: (publicKey: Uint8Array) => boolean;
}

const DHKEMS: readonly DhkemParameters[] = [DHKEM_P256, DHKEM_P384, DHKEM_P521, DHKEM_X25519, DHKEM_X448];

/** A KEM of the `@hpke` family, to go into the list of a backend. */
export function kemFromHpkeCore(kem: KemInterface, options: HpkeCoreOptions = {}): Kem {
  return new HpkeCoreKem(kem, options);
}

class HpkeCoreKem implements Kem {
  readonly id: number;
  readonly name: string;
  readonly Nsecret: number;
  readonly Nenc: number;
  readonly Npk: number;
  readonly Nsk: number;
  readonly #kem: KemInterface;
  readonly #options: HpkeCoreOptions;
  readonly #parameters: DhkemParameters | undefined;
  readonly #imported = new WeakMap<Uint8Array, Promise<CryptoKey | CryptoKeyPair>>();
  readonly #publicKeys = new WeakMap<Uint8Array, Bytes>();

  constructor(kem: KemInterface, options: HpkeCoreOptions) {
    this.#kem = kem;
    this.#options = options;
    this.#parameters = DHKEMS.find(({ id }) => id === kem.id);
    this.id = options.id ?? kem.id;
    this.name = options.name ?? this.#parameters?.name ?? `KEM ${this.id}`;
    this.Nsecret = kem.secretSize;
    this.Nenc = kem.encSize;
    this.Npk = kem.publicKeySize;
    // Its P-521 states 64 and takes 66.
    this.Nsk = this.#parameters?.Nsk ?? kem.privateKeySize;
  }

  async deriveKeyPair(ikm: Uint8Array): Promise<KeyPair> {
    const pair = await this.#kem.deriveKeyPair(copy(ikm));
    const publicKey = new Uint8Array(await this.#kem.serializePublicKey(pair.publicKey));
    const privateKey = new Uint8Array(await this.#kem.serializePrivateKey(pair.privateKey));
    this.#imported.set(privateKey, Promise.resolve(pair));
    this.#publicKeys.set(privateKey, publicKey);
    return { publicKey: copy(publicKey), privateKey };
  }

  async publicKeyOf(privateKey: Uint8Array): Promise<Bytes> {
    const refusal = () => this.#privateKeyRefused();
    const known = this.#publicKeys.get(privateKey);
    if (known !== undefined) return copy(known);
    const publicKey = await refusing(() => this.#computePublicKey(privateKey), refusal);
    this.#publicKeys.set(privateKey, copy(publicKey));
    return publicKey;
  }

  checkPublicKey(publicKey: Uint8Array): void {
    if (!this.#isPublicKey(publicKey)) throw this.#publicKeyRefused();
  }

  async encap(publicKey: Uint8Array, random: Random): Promise<Encapsulation> {
    this.checkPublicKey(publicKey);
    const ekmLength = this.#options.ekmLength ?? this.#parameters?.Nsk;
    const ekm = ekmLength === undefined ? undefined : random(ekmLength);
    const run = async (): Promise<Encapsulation> => {
      const recipientPublicKey = await this.#kem.deserializePublicKey(copy(publicKey));
      const result = await this.#kem.encap({ recipientPublicKey, ...(ekm === undefined ? {} : { ekm: ekm.buffer }) });
      return { sharedSecret: new Uint8Array(result.sharedSecret), enc: new Uint8Array(result.enc) };
    };
    try {
      return await refusing(run, () => this.#publicKeyRefused());
    } finally {
      if (ekm !== undefined) wipe(ekm);
    }
  }

  async decap(enc: Uint8Array, privateKey: Uint8Array): Promise<Bytes> {
    const refusal = () => new InvalidError("hpke.open_failed", { kem: this.name });
    const wellFormed = this.#parameters === undefined ? enc.length === this.Nenc : isPublicKey(this.#parameters, enc);
    if (!wellFormed) throw refusal();
    const recipientKey = await this.#importPrivate(privateKey);
    const run = async () => new Uint8Array(await this.#kem.decap({ recipientKey, enc: copy(enc).buffer }));
    return refusing(run, refusal);
  }

  #importPrivate(privateKey: Uint8Array): Promise<CryptoKey | CryptoKeyPair> {
    const before = this.#imported.get(privateKey);
    if (before !== undefined) return before;
    if (!this.#isPrivateKey(privateKey)) throw this.#privateKeyRefused();
    const run = () => this.#kem.deserializePrivateKey(copy(privateKey));
    const imported = Promise.resolve(refusing(run, () => this.#privateKeyRefused()));
    this.#imported.set(privateKey, imported);
    return imported;
  }

  /** The family's interface has no such operation; its Diffie-Hellman keys are those of WebCrypto, which tells by JWK. */
  async #computePublicKey(privateKey: Uint8Array): Promise<Bytes> {
    if (this.#options.publicKeyOf !== undefined) return this.#options.publicKeyOf(privateKey);
    const key = await this.#importPrivate(privateKey);
    if (this.#parameters === undefined || "privateKey" in key)
      throw new UsageError("option.invalid", { missing: "publicKeyOf" });
    const { x, y } = await crypto.subtle.exportKey("jwk", key);
    return y === undefined ? ofBase64url(x) : concat(Uint8Array.of(0x04), ofBase64url(x), ofBase64url(y));
  }

  #isPrivateKey(privateKey: Uint8Array): boolean {
    if (this.#parameters !== undefined) return isPrivateKey(this.#parameters, privateKey);
    return privateKey.length === this.Nsk;
  }

  #isPublicKey(publicKey: Uint8Array): boolean {
    if (this.#parameters !== undefined) return isPublicKey(this.#parameters, publicKey);
    return publicKey.length === this.Npk && this.#options.isPublicKey?.(publicKey) !== false;
  }

  #privateKeyRefused(): InvalidError {
    return new InvalidError("key.hpke_private", { kem: this.name });
  }

  #publicKeyRefused(): InvalidError {
    return new InvalidError("key.hpke_public", { kem: this.name });
  }
}

function ofBase64url(text = ""): Bytes {
  const octets = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(octets, (octet) => octet.charCodeAt(0));
}

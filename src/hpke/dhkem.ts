/**
 * RFC 9180 §4.1, §7.1: KEMs made of a Diffie-Hellman group that a backend supplies. Every check of an input is made
 * here, so that all backends refuse the same keys: lengths, points off the curve, low order, an all-zero result (§7.1.4).
 */

import { concat, EMPTY, wipe } from "../bytes.ts";
import { InvalidError } from "../errors.ts";
import {
  type Awaitable,
  after,
  type Bytes,
  type Encapsulation,
  type Kdf,
  type Kem,
  type KeyPair,
  type Random,
} from "./algorithms.ts";
import { type DhkemParameters, isPrivateKey, isPublicKey } from "./dh-parameters.ts";
import { type LabeledKdf, labeledExpand, labeledExtract, labeledKdf } from "./key-schedule.ts";
import { firstScalar } from "./nist-curves.ts";
import { consuming, refusing } from "./outcome.ts";

/** The bare group. Keys are checked before it is called; whatever it throws all the same is a refusal. */
export interface DhGroup {
  /** The public key of a private one. */
  publicKeyOf(privateKey: Uint8Array): Awaitable<Bytes>;
  /** The shared secret as §7.1 wants it: the x-coordinate, or the function of RFC 7748. */
  dh(privateKey: Uint8Array, publicKey: Uint8Array): Awaitable<Bytes>;
  /** `publicKeyOf` and `dh` of an ephemeral key, by one import, after which nothing of it is remembered. Default: one after the other. */
  once?(
    privateKey: Uint8Array,
    publicKey: Uint8Array,
  ): Awaitable<{
    /** What `publicKeyOf` returns. */
    readonly enc: Bytes;
    /** What `dh` returns. */
    readonly secret: Bytes;
  }>;
}

/** §4.1: a KEM over a group, with the KDF of its name. */
export function dhkem(parameters: DhkemParameters, kdf: Kdf, group: DhGroup): Kem {
  return new Dhkem(parameters, kdf, group);
}

class Dhkem implements Kem {
  readonly id: number;
  readonly name: string;
  readonly Nsecret: number;
  readonly Nenc: number;
  readonly Npk: number;
  readonly Nsk: number;
  readonly #parameters: DhkemParameters;
  readonly #group: DhGroup;
  readonly #labeled: LabeledKdf;
  /** Decap needs the public key too, which would cost as much as the shared secret does. */
  readonly #publicKeys = new WeakMap<Uint8Array, Bytes>();

  constructor(parameters: DhkemParameters, kdf: Kdf, group: DhGroup) {
    this.id = parameters.id;
    this.name = parameters.name;
    this.Nsecret = parameters.Nsecret;
    this.Nenc = parameters.Npk;
    this.Npk = parameters.Npk;
    this.Nsk = parameters.Nsk;
    this.#parameters = parameters;
    this.#group = group;
    this.#labeled = labeledKdf(kdf, "KEM", [parameters.id]);
  }

  deriveKeyPair(ikm: Uint8Array): Awaitable<KeyPair> {
    const privateKey = this.#derivePrivateKey(ikm);
    return after(this.publicKeyOf(privateKey), (publicKey) => ({ publicKey, privateKey }));
  }

  publicKeyOf(privateKey: Uint8Array): Awaitable<Bytes> {
    return after(this.#publicKeyOf(privateKey), (publicKey) => publicKey.slice());
  }

  checkPublicKey(publicKey: Uint8Array): void {
    if (!isPublicKey(this.#parameters, publicKey)) throw this.#publicKeyRefused();
  }

  encap(publicKey: Uint8Array, random: Random): Awaitable<Encapsulation> {
    const refusal = () => this.#publicKeyRefused();
    if (!isPublicKey(this.#parameters, publicKey)) throw refusal();
    const ephemeral = consuming(random(this.Nsk), (ikm) => this.#derivePrivateKey(ikm)) as Bytes;
    const both = consuming(ephemeral, () => refusing(() => this.#once(ephemeral, publicKey), refusal));
    return after(both, ({ enc, secret }) => ({
      sharedSecret: this.#extractAndExpand(secret, concat(enc, publicKey)),
      enc,
    }));
  }

  decap(enc: Uint8Array, privateKey: Uint8Array): Awaitable<Bytes> {
    const refusal = () => new InvalidError("hpke.open_failed", { kem: this.name });
    if (!isPublicKey(this.#parameters, enc)) throw refusal();
    return after(this.#publicKeyOf(privateKey), (publicKey) => {
      const dh = refusing(() => this.#dh(privateKey, enc), refusal);
      return after(dh, (secret) => this.#extractAndExpand(secret, concat(enc, publicKey)));
    });
  }

  /** §7.1.3 */
  #derivePrivateKey(ikm: Uint8Array): Bytes {
    const { curve, Nsk } = this.#parameters;
    return consuming(labeledExtract(this.#labeled, EMPTY, "dkp_prk", ikm), (prk) => {
      const expand = (label: string, info: Uint8Array) =>
        labeledExpand(this.#labeled, prk, label, { info, length: Nsk });
      if (curve.kind === "montgomery") return expand("sk", EMPTY);
      return firstScalar(curve.curve, (counter) => expand("candidate", Uint8Array.of(counter)));
    }) as Bytes;
  }

  #publicKeyOf(privateKey: Uint8Array): Awaitable<Bytes> {
    const known = this.#publicKeys.get(privateKey);
    if (known !== undefined) return known;
    const refusal = () => new InvalidError("key.hpke_private", { kem: this.name, length: privateKey.length });
    if (!isPrivateKey(this.#parameters, privateKey)) throw refusal();
    const computed = refusing(() => this.#group.publicKeyOf(privateKey), refusal);
    return after(computed, (publicKey) => {
      this.#publicKeys.set(privateKey, publicKey);
      return publicKey;
    });
  }

  #publicKeyRefused(): InvalidError {
    return new InvalidError("key.hpke_public", { kem: this.name });
  }

  #once(privateKey: Uint8Array, publicKey: Uint8Array): ReturnType<NonNullable<DhGroup["once"]>> {
    if (this.#group.once === undefined) {
      return after(this.#group.publicKeyOf(privateKey), (enc) =>
        after(this.#dh(privateKey, publicKey), (secret) => ({ enc, secret })),
      );
    }
    return after(this.#group.once(privateKey, publicKey), (both) => {
      this.#requireNonZero(both.secret);
      return both;
    });
  }

  #dh(privateKey: Uint8Array, publicKey: Uint8Array): Awaitable<Bytes> {
    return after(this.#group.dh(privateKey, publicKey), (secret) => {
      this.#requireNonZero(secret);
      return secret;
    });
  }

  /** §7.1.4: a Montgomery curve that arrives at zero was given a point of low order. */
  #requireNonZero(secret: Bytes): void {
    if (this.#parameters.curve.kind === "montgomery" && secret.every((octet) => octet === 0)) throw new RangeError();
  }

  /** §4.1 ExtractAndExpand. Wipes `dh`. */
  #extractAndExpand(dh: Bytes, kemContext: Uint8Array): Bytes {
    const prk = labeledExtract(this.#labeled, EMPTY, "eae_prk", dh);
    wipe(dh);
    const sharedSecret = labeledExpand(this.#labeled, prk, "shared_secret", { info: kemContext, length: this.Nsecret });
    wipe(prk);
    return sharedSecret;
  }
}

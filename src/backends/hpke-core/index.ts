/**
 * KEMs of the `@hpke` family as KEMs of this library: `copath/backends/hpke-core`. Their methods are asynchronous and
 * their keys opaque, so keys are imported once and kept as long as the octets that they were made of.
 */

import type { KemInterface } from "@hpke/core";
import { copy, wipe } from "../../bytes.ts";
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
  readonly #pairs = new WeakMap<Uint8Array, Promise<CryptoKeyPair>>();

  constructor(kem: KemInterface, options: HpkeCoreOptions) {
    this.#kem = kem;
    this.#options = options;
    this.#parameters = DHKEMS.find(({ id }) => id === kem.id);
    this.id = options.id ?? kem.id;
    this.name = options.name ?? this.#parameters?.name ?? `KEM ${this.id}`;
    this.Nsecret = kem.secretSize;
    this.Nenc = kem.encSize;
    this.Npk = kem.publicKeySize;
    this.Nsk = kem.privateKeySize;
  }
}

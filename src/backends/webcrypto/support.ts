/** What the platform computes here, and what JavaScript does in its place. */

import {
  aes128Gcm,
  aes256Gcm,
  chacha20Poly1305,
  largeAes128Gcm,
  largeAes256Gcm,
  largeChacha20Poly1305,
} from "./aead.ts";
import { dhkemP256, dhkemP384, dhkemP521, dhkemX448, dhkemX25519, p256, p384, p521, x448, x25519 } from "./kem.ts";
import { type Native, platform } from "./platform.ts";
import {
  ecdsaP256,
  ecdsaP384,
  ecdsaP521,
  ed448,
  ed25519,
  eitherEd448,
  eitherEd25519,
  eitherP256,
  eitherP384,
  eitherP521,
} from "./signature.ts";

/** Who computes: the platform, or JavaScript in its place. */
export type ComputedBy = "platform" | "javascript";

/** Who computes a primitive, by the name that it has in the backend. */
export type Computers = Readonly<Record<string, ComputedBy>>;

/** Hashes, MACs and KDFs are not in it: they are JavaScript everywhere. */
export interface SupportReport {
  /** Whether there is a `crypto.subtle` at all: browsers have one in secure contexts only. */
  readonly subtle: boolean;
  /** By the names of the KEMs. */
  readonly kems: Computers;
  /** By the names of the schemes. */
  readonly signatures: Computers;
  /** Of large data. Of small data it is JavaScript. */
  readonly aeads: Computers;
}

/** Asks the platform for everything that this backend would take from it. */
export async function supportReport(): Promise<SupportReport> {
  const [kems, signatures, aeads] = await Promise.all([
    computersOf([
      [dhkemP256, p256],
      [dhkemP384, p384],
      [dhkemP521, p521],
      [dhkemX25519, x25519],
      [dhkemX448, x448],
    ]),
    computersOf([
      [ed25519, eitherEd25519],
      [ed448, eitherEd448],
      [ecdsaP256, eitherP256],
      [ecdsaP384, eitherP384],
      [ecdsaP521, eitherP521],
    ]),
    computersOf([
      [aes128Gcm, largeAes128Gcm],
      [aes256Gcm, largeAes256Gcm],
      [chacha20Poly1305, largeChacha20Poly1305],
    ]),
  ]);
  return { subtle: platform() !== undefined, kems, signatures, aeads };
}

type Asked = readonly [primitive: { readonly name: string }, either: { readonly native: Native }];

async function computersOf(asked: readonly Asked[]): Promise<Computers> {
  const entries = asked.map(
    async ([{ name }, { native }]) => [name, (await native()) ? "platform" : "javascript"] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

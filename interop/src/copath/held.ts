/** What a number in the interface's calls can stand for: a member of a group, or one of the ways to become something. */
import type { KeyPackageBundle } from "copath";
import type { KeySigner } from "copath/crypto";
import type { Psks } from "./keys.ts";
import type { Member } from "./member.ts";

/** A key package that waits for its Welcome. */
export interface Transaction {
  readonly kind: "transaction";
  readonly identity: Uint8Array;
  readonly psks: Psks;
  readonly bundle: KeyPackageBundle;
  free(): void;
}

/** A member of a group that was re-initialised, on the way into the next. */
export interface Reinit {
  readonly kind: "reinit";
  readonly identity: Uint8Array;
  readonly psks: Psks;
  /** Of the old group. */
  readonly stateId: number;
  /** For the Welcome, if another member makes the next group. */
  readonly bundle: KeyPackageBundle;
  free(): void;
}

/** A service that makes proposals from outside (§12.1.8). */
export interface ExternalSigner {
  readonly kind: "signer";
  readonly identity: Uint8Array;
  readonly psks: Psks;
  readonly cipherSuite: number;
  readonly signer: KeySigner;
  free(): void;
}

export type Held = Member | Transaction | Reinit | ExternalSigner;

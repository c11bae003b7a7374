/** Keys that a client keeps beside its groups, and their end. */
import { dispose, type KeyPackageBundle } from "copath";
import type { KeySigner } from "copath/crypto";

/** Pre-shared keys by their id in hexadecimal. */
export type Psks = Map<string, Uint8Array>;

/** Whose key packages are not needed any more. */
export function wipeBundle({ initPrivateKey, encryptionPrivateKey, signer }: KeyPackageBundle): void {
  dispose([initPrivateKey, encryptionPrivateKey]);
  wipeSigner(signer);
}

/** Ends a private key of ours; signers of other kinds have none here. */
export function wipeSigner(signer: KeyPackageBundle["signer"]): void {
  if ("privateKey" in signer) dispose([(signer as KeySigner).privateKey]);
}

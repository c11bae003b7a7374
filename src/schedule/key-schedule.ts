/**
 * §8, §12.4.3.1: the key schedule of one epoch, from init secret and commit secret down to the epoch-derived secrets.
 * Every function returns secrets that its caller owns, leaves those it was given alone, and keeps nothing in between.
 */

import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { deriveMany, deriveSecret, expandWithLabel, type HpkeKeyPair } from "../crypto/labels.ts";
import { dispose, Secret } from "../secret.ts";

/** The secrets derived from an epoch secret, in the order of the RFC's table, and the next epoch's init secret. */
export interface EpochSecrets {
  /** Encrypts who sent a private message (§6.3.2). */
  readonly senderDataSecret: Secret;
  /** The root of the secret tree (§9). */
  readonly encryptionSecret: Secret;
  /** What `mlsExporter` derives from (§8.5). */
  readonly exporterSecret: Secret;
  /** What the group's external key pair is derived from (§8.3). */
  readonly externalSecret: Secret;
  /** The key of the confirmation tag (§6.1). */
  readonly confirmationKey: Secret;
  /** The key of the membership tag (§6.2). */
  readonly membershipKey: Secret;
  /** Proves membership in this epoch (§8.6). */
  readonly resumptionPsk: Secret;
  /** Equal for members with the same view of the group (§8.7). */
  readonly epochAuthenticator: Secret;
  /** Goes into the key schedule of the next epoch. */
  readonly initSecret: Secret;
}

/** What the joiner secret is made of. */
export interface JoinerInput {
  /** Of the last epoch. */
  readonly initSecret: Secret;
  /** Of the path, or zeros. */
  readonly commitSecret: Secret;
  /** The encoded GroupContext of the new epoch. */
  readonly groupContext: Uint8Array;
}

/** The joiner secret: what existing members compute and new members are sent (§12.4.3.1). */
export function deriveJoinerSecret(
  suite: CipherSuite,
  { initSecret, commitSecret, groupContext }: JoinerInput,
): Secret {
  return consume(extract(suite, initSecret, commitSecret), (extracted) =>
    expandWithLabel(suite, extracted, { label: "joiner", context: groupContext, length: suite.kdf.Nh }),
  );
}

/** The member secret, which the RFC's diagram leaves without a name: the joiner secret with the PSKs mixed in. */
export function deriveMemberSecret(suite: CipherSuite, joinerSecret: Secret, pskSecret: Secret): Secret {
  return extract(suite, joinerSecret, pskSecret);
}

/** The secret that encrypts the GroupInfo of a Welcome. */
export function deriveWelcomeSecret(suite: CipherSuite, memberSecret: Secret): Secret {
  return deriveSecret(suite, memberSecret, "welcome");
}

/** §12.4.3.1: key and nonce of the encrypted GroupInfo. */
export function deriveWelcomeKey(suite: CipherSuite, welcomeSecret: Secret): { key: Secret; nonce: Secret } {
  const { Nk, Nn } = suite.aead;
  return allOrNone((made) => ({
    key: made(expandWithLabel(suite, welcomeSecret, { label: "key", length: Nk })),
    nonce: made(expandWithLabel(suite, welcomeSecret, { label: "nonce", length: Nn })),
  }));
}

/** The epoch secret; `groupContext` is the encoded GroupContext of the epoch. */
export function deriveEpochSecret(suite: CipherSuite, memberSecret: Secret, groupContext: Uint8Array): Secret {
  return expandWithLabel(suite, memberSecret, { label: "epoch", context: groupContext, length: suite.kdf.Nh });
}

/** All that the epoch secret is for; it should not outlive this call (§9.2). */
export function deriveEpochSecrets(suite: CipherSuite, epochSecret: Secret): EpochSecrets {
  return allOrNone((made) => {
    const derive = (label: string) => made(deriveSecret(suite, epochSecret, label));
    return {
      senderDataSecret: derive("sender data"),
      encryptionSecret: derive("encryption"),
      exporterSecret: derive("exporter"),
      externalSecret: derive("external"),
      confirmationKey: derive("confirm"),
      membershipKey: derive("membership"),
      resumptionPsk: derive("resumption"),
      epochAuthenticator: derive("authentication"),
      initSecret: derive("init"),
    };
  });
}

/** The HPKE key pair that the whole group holds: its public half is the `external_pub` of a GroupInfo. */
export async function externalKeyPair(suite: CipherSuite, externalSecret: Secret): Promise<HpkeKeyPair> {
  const [pair] = await deriveMany(suite, [externalSecret]);
  return pair as HpkeKeyPair;
}

/** `KDF.Nh` zero octets: the commit secret without a path, and the PSK secret without PSKs. */
export function zeroSecret(suite: CipherSuite): Secret {
  return new Secret(new Uint8Array(suite.kdf.Nh));
}

/** KDF.Extract; the salt comes first, as in the RFC's pseudocode. */
export function extract(suite: CipherSuite, salt: Secret, ikm: Secret): Secret {
  return new Secret(suite.kdf.extract(salt.bytes, ikm.bytes));
}

/** What `use` makes of a temporary secret, which is gone afterwards, also if that fails. */
export function consume<T>(temporary: Secret, use: (secret: Secret) => T): T {
  try {
    return use(temporary);
  } finally {
    temporary.dispose();
  }
}

/** Several secrets at once: if one of them fails, those `made` before it are gone. */
export function allOrNone<T>(derive: (made: (secret: Secret) => Secret) => T): T {
  const secrets: Secret[] = [];
  try {
    return derive((secret) => {
      secrets.push(secret);
      return secret;
    });
  } catch (error) {
    dispose(secrets);
    throw error;
  }
}

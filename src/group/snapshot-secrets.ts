/** How the secrets of a state are written down (§8, §9): plainly. Whoever stores a snapshot must keep it secret. */

import { isBytes, wipe } from "../bytes.ts";
import type { Codec } from "../codec/codec.ts";
import { opaque } from "../codec/presentation.ts";
import { struct } from "../codec/struct.ts";
import type { Epoch } from "../schedule/epoch.ts";
import { dispose, Secret } from "../secret.ts";

/** Moves octets when it reads: they are wiped where they stood, since public values keep views of the same buffer. */
export const SecretValue: Codec<Secret> = {
  name: "Secret",
  write: (writer, value) => opaque.write(writer, value.bytes),
  read(reader) {
    const octets = opaque.read(reader);
    const secret = Secret.copyOf(octets);
    wipe(octets);
    reading?.push(secret);
    return secret;
  },
};

/** What is being read by `readSecrets`, which neither nests nor awaits. */
let reading: Secret[] | undefined;

/** What `read` decodes. If it fails halfway, the secrets that it has come to are disposed of. */
export function readSecrets<T>(read: () => T): T {
  const made: Secret[] = [];
  reading = made;
  try {
    return read();
  } catch (error) {
    dispose(made);
    throw error;
  } finally {
    reading = undefined;
  }
}

/** The secrets of an epoch (§8), without the encryption secret, which is in the secret tree. */
export const EpochSecretsValue: Codec<Epoch["secrets"]> = struct("EpochSecrets", {
  senderDataSecret: SecretValue,
  exporterSecret: SecretValue,
  externalSecret: SecretValue,
  confirmationKey: SecretValue,
  membershipKey: SecretValue,
  resumptionPsk: SecretValue,
  epochAuthenticator: SecretValue,
  initSecret: SecretValue,
});

/** Every secret in a decoded value: what is to be disposed of if nothing comes of it. */
export function* secretsWithin(value: unknown): Generator<Secret, undefined> {
  if (value instanceof Secret) yield value;
  else if (typeof value === "object" && value !== null && !isBytes(value)) {
    for (const part of Object.values(value)) yield* secretsWithin(part);
  }
}

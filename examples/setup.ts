/** What the examples share: the surroundings of a group, and a way to make clients. */
import {
  type AuthenticationService,
  createKeyPackage,
  dispose,
  type Environment,
  type KeyPackageBundle,
  type LeafOptions,
  type Transition,
} from "copath";
import { noble } from "copath/backends/noble";
import { cipherSuite, generateSigner } from "copath/crypto";
import { MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 } from "copath/suites/mls-128-dhkemx25519-aes128gcm-sha256-ed25519";

export const bytes = (text: string) => new TextEncoder().encode(text);
export const text = (octets: Uint8Array) => new TextDecoder().decode(octets);

/** Who has which signature key. An application asks its own directory, or follows a chain of certificates. */
const directory = new Map<string, Uint8Array>();

const authentication: AuthenticationService = {
  async authenticate(requests) {
    return requests.map(({ credential, signatureKey }) => {
      if (credential.credentialType !== "basic") return { accepted: false, reason: "only names are known here" };
      const registered = directory.get(text(credential.identity));
      return { accepted: registered?.toString() === signatureKey.toString() };
    });
  },
};

export const environment: Environment = {
  suite: cipherSuite(MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, noble),
  random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  clock: () => BigInt(Math.floor(Date.now() / 1000)),
  authentication,
};

/** A client that the directory knows. */
export async function register(name: string): Promise<LeafOptions> {
  const signer = await generateSigner(environment.suite, environment.random);
  directory.set(name, signer.publicKey);
  return { signer, credential: { credentialType: "basic", identity: bytes(name) } };
}

/** A client that can be added to groups: others get `keyPackage`, all the rest stays with the client. */
export async function publish(name: string): Promise<KeyPackageBundle> {
  return createKeyPackage(environment, await register(name));
}

/**
 * Moves on to the state that an operation returned. An application writes it to its storage first, before anything is
 * sent, and only then wipes the secrets that the new state does not need.
 */
export function keep<S>({ state, spent }: Transition<S, unknown>): S {
  dispose(spent);
  return state;
}

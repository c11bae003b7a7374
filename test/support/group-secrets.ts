/** Everything secret that a suite hands out, remembered, so that a test can look for what should be gone. */
import { noble } from "../../src/backends/noble/index.ts";
import type { Random } from "../../src/crypto/cipher-suite.ts";
import type { Environment } from "../../src/group/environment.ts";
import { seededRandom } from "../../src/testing/index.ts";
import { environmentOf, suiteOf } from "./group.ts";
import { spyOn } from "./spying-suite.ts";

export interface Watch {
  readonly environment: Environment;
  /** Derived secrets, private keys, shared secrets and random octets that nobody has wiped. */
  alive(): Uint8Array[];
}

/** An environment on noble whose secrets are watched from here on. Signers should come from another one. */
export function watch(overrides: Partial<Environment> = {}): Watch {
  const spy = spyOn(suiteOf(1, noble));
  const { kem, aead } = spy.suite;
  const noted: Uint8Array[] = [];
  const note = <T extends Uint8Array>(octets: T): T => {
    noted.push(octets);
    return octets;
  };
  const watchedKem: typeof kem = {
    ...kem,
    publicKeyOf: (privateKey) => kem.publicKeyOf(privateKey),
    checkPublicKey: (publicKey) => kem.checkPublicKey(publicKey),
    async deriveKeyPair(ikm) {
      const pair = await kem.deriveKeyPair(ikm);
      note(pair.privateKey);
      return pair;
    },
    async encap(publicKey, random) {
      const output = await kem.encap(publicKey, random);
      note(output.sharedSecret);
      return output;
    },
    decap: async (enc, privateKey) => note(await kem.decap(enc, privateKey)),
  };
  const stream = seededRandom("watched");
  const random: Random = (length) => (length === 4 ? stream(length) : note(stream(length)));
  const suite = { ...spy.suite, kem: watchedKem, aead: { ...aead, seal: aead.seal.bind(aead), open: aead.open.bind(aead) } };
  const environment = environmentOf({ suite, random, ...overrides });
  const alive = (octets: Uint8Array) => octets.some((octet) => octet !== 0);
  return { environment, alive: () => [...spy.alive(), ...noted.filter(alive)] };
}

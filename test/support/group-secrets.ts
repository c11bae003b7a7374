/** Everything secret that a suite hands out, remembered, so that a test can look for what should be gone. */
import { noble } from "../../src/backends/noble/index.ts";
import { toHex, utf8 } from "../../src/bytes.ts";
import type { CipherSuite, Random } from "../../src/crypto/cipher-suite.ts";
import type { Environment } from "../../src/group/environment.ts";
import { seededRandom } from "../../src/testing/index.ts";
import { environmentOf, suiteOf } from "./group.ts";

export interface WatchedSuite {
  readonly suite: CipherSuite;
  /** Calls so far of KDF, KEM, MAC and signature. */
  calls(): number;
  /** Derived secrets, private keys and shared secrets that nobody has wiped. */
  alive(): Uint8Array[];
}

const isAlive = (octets: Uint8Array) => octets.some((octet) => octet !== 0);

/** RFC 9180 §5.1: two outputs of the KDF are not secret. */
const PUBLIC = ["info_hash", "psk_id_hash"].map((label) => toHex(utf8(label)));
const isPublic = (ikm: Uint8Array) => PUBLIC.some((label) => toHex(ikm.subarray(0, 64)).includes(label));

/** The same suite, watched. The call with the number `failAt`, counted from 0, throws. */
export function watchSuite(suite: CipherSuite, failAt = Number.POSITIVE_INFINITY): WatchedSuite {
  const { kem, kdf, aead, hash, signature } = suite;
  const noted: Uint8Array[] = [];
  let calls = 0;
  const count = () => {
    if (calls++ === failAt) throw new Error("the backend broke");
  };
  const note = <T extends Uint8Array>(octets: T): T => {
    noted.push(octets);
    return octets;
  };
  return {
    calls: () => calls,
    alive: () => noted.filter(isAlive),
    suite: {
      ...suite,
      kdf: {
        ...kdf,
        extract(salt, ikm) {
          count();
          const prk = kdf.extract(salt, ikm);
          return isPublic(ikm) ? prk : note(prk);
        },
        expand(prk, info, length) {
          count();
          return note(kdf.expand(prk, info, length));
        },
      },
      kem: {
        ...kem,
        publicKeyOf: (privateKey) => kem.publicKeyOf(privateKey),
        checkPublicKey: (publicKey) => kem.checkPublicKey(publicKey),
        async deriveKeyPair(ikm) {
          count();
          const pair = await kem.deriveKeyPair(ikm);
          note(pair.privateKey);
          return pair;
        },
        async encap(publicKey, random) {
          count();
          const output = await kem.encap(publicKey, random);
          note(output.sharedSecret);
          return output;
        },
        async decap(enc, privateKey) {
          count();
          return note(await kem.decap(enc, privateKey));
        },
      },
      hash: {
        ...hash,
        digest: (data) => hash.digest(data),
        hmac(key, data) {
          count();
          return hash.hmac(key, data);
        },
      },
      aead: {
        ...aead,
        seal: (key, nonce, aad, plaintext) => aead.seal(key, nonce, aad, plaintext),
        open(key, nonce, aad, ciphertext) {
          count();
          return aead.open(key, nonce, aad, ciphertext);
        },
      },
      signature: {
        ...signature,
        generateKeyPair: (random) => signature.generateKeyPair(random),
        publicKeyOf: (privateKey) => signature.publicKeyOf(privateKey),
        checkPublicKey: (publicKey) => signature.checkPublicKey(publicKey),
        sign: (privateKey, message) => signature.sign(privateKey, message),
        verifyMany(requests) {
          count();
          return signature.verifyMany(requests);
        },
      },
    },
  };
}

export interface Watch {
  readonly environment: Environment;
  /** Also random octets, reuse guards excepted. */
  alive(): Uint8Array[];
}

/** An environment on noble whose secrets are watched from here on. Signers should come from another one. */
export function watch(overrides: Partial<Environment> = {}): Watch {
  const { suite, alive } = watchSuite(suiteOf(1, noble));
  const drawn: Uint8Array[] = [];
  const stream = seededRandom("watched");
  const random: Random = (length) => {
    const octets = stream(length);
    if (length > 4) drawn.push(octets);
    return octets;
  };
  return {
    environment: environmentOf({ suite, random, ...overrides }),
    alive: () => [...alive(), ...drawn.filter(isAlive)],
  };
}

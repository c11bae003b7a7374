/** A cipher suite that counts what it is asked to do, so that costs can be asserted instead of timed. */

import type { CipherSuite } from "../crypto/cipher-suite.ts";

/** How often each primitive was used. */
export interface OperationCounts {
  /** Digests, of any length. */
  hashes: number;
  /** HMACs, KDF steps not included. */
  macs: number;
  /** RFC 9180 §4: Extract. */
  kdfExtracts: number;
  /** RFC 9180 §4: Expand. */
  kdfExpands: number;
  /** RFC 9180 §4: Seal. */
  aeadSeals: number;
  /** RFC 9180 §4: Open. */
  aeadOpens: number;
  /** RFC 9180 §4: DeriveKeyPair. */
  deriveKeyPairs: number;
  /** RFC 9180 §4: Encap. */
  encaps: number;
  /** RFC 9180 §4: Decap. */
  decaps: number;
  /** Signatures made. */
  signatures: number;
  /** Signatures judged. */
  verifications: number;
}

/** A suite, and the count of what it did. */
export interface CountingSuite {
  /** Computes as the given one does. */
  readonly suite: CipherSuite;
  /** Live; `reset` sets all to zero. */
  readonly counts: OperationCounts;
  /** How many octets the KDF was given to extract from. Live as well. */
  readonly octets: { kdfExtracts: number };
  /** Starts counting from zero. */
  reset(): void;
}

const NOTHING: OperationCounts = {
  hashes: 0,
  macs: 0,
  kdfExtracts: 0,
  kdfExpands: 0,
  aeadSeals: 0,
  aeadOpens: 0,
  deriveKeyPairs: 0,
  encaps: 0,
  decaps: 0,
  signatures: 0,
  verifications: 0,
};

/** The same suite, counting. */
export function countingSuite(suite: CipherSuite): CountingSuite {
  const counts = { ...NOTHING };
  const octets = { kdfExtracts: 0 };
  const counted =
    <A extends unknown[], R>(name: keyof OperationCounts, call: (...args: A) => R) =>
    (...args: A): R => {
      counts[name]++;
      return call(...args);
    };
  const { hash, kdf, aead, kem, signature } = suite;
  return {
    counts,
    octets,
    reset: () => {
      Object.assign(counts, NOTHING);
      octets.kdfExtracts = 0;
    },
    suite: {
      ...suite,
      hash: {
        ...hash,
        digest: counted("hashes", (data) => hash.digest(data)),
        hmac: counted("macs", (key, data) => hash.hmac(key, data)),
      },
      kdf: {
        ...kdf,
        extract: counted("kdfExtracts", (salt, ikm) => {
          octets.kdfExtracts += salt.length + ikm.length;
          return kdf.extract(salt, ikm);
        }),
        expand: counted("kdfExpands", (prk, info, length) => kdf.expand(prk, info, length)),
      },
      aead: {
        ...aead,
        seal: counted("aeadSeals", (...args: Parameters<typeof aead.seal>) => aead.seal(...args)),
        open: counted("aeadOpens", (...args: Parameters<typeof aead.open>) => aead.open(...args)),
      },
      kem: {
        ...kem,
        publicKeyOf: (privateKey) => kem.publicKeyOf(privateKey),
        checkPublicKey: (publicKey) => kem.checkPublicKey(publicKey),
        deriveKeyPair: counted("deriveKeyPairs", (ikm) => kem.deriveKeyPair(ikm)),
        encap: counted("encaps", (publicKey, random) => kem.encap(publicKey, random)),
        decap: counted("decaps", (enc, privateKey) => kem.decap(enc, privateKey)),
      },
      signature: {
        ...signature,
        generateKeyPair: (random) => signature.generateKeyPair(random),
        publicKeyOf: (privateKey) => signature.publicKeyOf(privateKey),
        checkPublicKey: (publicKey) => signature.checkPublicKey(publicKey),
        sign: counted("signatures", (privateKey, message) => signature.sign(privateKey, message)),
        verifyMany: (requests) => {
          counts.verifications += requests.length;
          return signature.verifyMany(requests);
        },
      },
    },
  };
}
